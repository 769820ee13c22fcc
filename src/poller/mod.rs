//! Keeps flag definitions up to date in the background.
//!
//! [`schedule`] decides what and `pace` when, [`driver`] does: it asks the provider, makes the requests and compiles what
//! comes, on the one background thread of [`runtime`] or, if it is large, `aside`. What became of it goes to a [`listener::DefinitionListener`], which is
//! JavaScript in the addon.

pub mod aside;
mod config;
mod control;
pub mod driver;
mod failures;
pub mod file;
mod hanging;
mod held;
mod kept_document;
pub mod listener;
pub mod load_report;
mod pace;
pub mod provider;
mod publication;
mod room;
pub mod runtime;
pub mod schedule;
pub mod shared;
mod steps;
