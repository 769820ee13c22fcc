//! The Node-API surface; the only module that knows JavaScript values.

mod definitions;
