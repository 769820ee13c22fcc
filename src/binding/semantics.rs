//! Whose decisions JavaScript asks for.

use napi::bindgen_prelude::{Env, Error, Result as NapiResult, Status};

use crate::compile::Semantics;
use crate::matchers::server::zones::Zone;

/// The semantics of these options; an error message if the zone is not known.
pub fn read(semantics: Option<&str>, timezone: Option<&str>) -> Result<Semantics, String> {
    let zone = match timezone {
        None => None,
        Some(name) => Some(Zone::of_name(name).ok_or_else(|| {
            format!(
                "expected timezone to be the IANA name of the project's time zone, such as 'Europe/Berlin', but received '{name}'"
            )
        })?),
    };
    Ok(match semantics {
        Some("server") => Semantics::Server(zone),
        _ => Semantics::PosthogNode,
    })
}

/// The same for a call of JavaScript's, which is thrown the message as a `TypeError`.
pub fn read_or_throw(
    env: Env,
    semantics: Option<&str>,
    timezone: Option<&str>,
) -> NapiResult<Semantics> {
    read(semantics, timezone).or_else(|message| {
        env.throw_type_error(&message, None)?;
        Err(Error::from_status(Status::PendingException))
    })
}
