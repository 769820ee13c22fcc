//! Whose decisions JavaScript asks for.

use napi::bindgen_prelude::{Env, Error, Result, Status};

use crate::compile::Semantics;
use crate::matchers::server::dates::zone_of;

/// The semantics of these options. Throws a `TypeError` if the time zone is not known.
pub fn read(env: Env, semantics: Option<&str>, timezone: Option<&str>) -> Result<Semantics> {
    let zone = timezone.map(|name| zone_of(name).ok_or(name)).transpose();
    match (semantics, zone) {
        (Some("server"), Ok(zone)) => Ok(Semantics::Server(zone)),
        (_, Ok(_)) => Ok(Semantics::PosthogNode),
        (_, Err(name)) => {
            let message = format!(
                "expected timezone to be the IANA name of the project's time zone, such as 'Europe/Berlin' but received \
                 '{name}', which is none that this version knows"
            );
            env.throw_type_error(&message, None)?;
            Err(Error::from_status(Status::PendingException))
        }
    }
}
