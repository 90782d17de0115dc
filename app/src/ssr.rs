//! What server functions reach on the server: the services, the caller, and how a service's
//! error becomes what a browser sees.

pub mod cookies;

use http::request::Parts;
use leptos::prelude::use_context;
use service::{Caller, Services};

use crate::error::AppError;

fn missing(what: &str) -> AppError {
    tracing_missing(what);
    AppError {
        code: "internal".to_owned(),
        status: 500,
        message: "The server is not set up to answer this.".to_owned(),
        request_id: None,
        errors: Vec::new(),
    }
}

fn tracing_missing(what: &str) {
    leptos::logging::error!("a server function ran without its {what}");
}

/// The request's head: the http layers have put services and caller into its extensions.
fn parts() -> Result<Parts, AppError> {
    use_context::<Parts>().ok_or_else(|| missing("request"))
}

/// The use cases.
pub fn services() -> Result<Services, AppError> {
    parts()?
        .extensions
        .get()
        .cloned()
        .ok_or_else(|| missing("services"))
}

/// Who calls; anonymous when nobody is signed in.
pub fn caller() -> Result<Caller, AppError> {
    parts()?
        .extensions
        .get()
        .cloned()
        .ok_or_else(|| missing("caller"))
}

/// Both, as nearly every server function begins.
pub fn context() -> Result<(Services, Caller), AppError> {
    Ok((services()?, caller()?))
}

/// Whether a browser posted a form by itself. It is sent back to where the form stands, with the
/// error in the address; a status of its own would keep it from going there.
fn is_plain_form() -> bool {
    parts().is_ok_and(|parts| {
        let accept = parts
            .headers
            .get(http::header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        parts.method == http::Method::POST
            && accept.is_some_and(|accept| accept.contains("text/html"))
    })
}

/// A service's answer for the browser: sets the status, keeps the cause in the log.
pub fn report<T>(result: service::Result<T>) -> Result<T, AppError> {
    result.map_err(|error| {
        let request_id = caller().ok().and_then(|caller| caller.origin.request_id);
        if error.status() >= 500 {
            leptos::logging::error!(
                "request {}: {error}",
                request_id.as_deref().unwrap_or("without id")
            );
        }
        if !is_plain_form() {
            crate::response::set_status(error.status());
        }
        AppError {
            code: error.code().to_owned(),
            status: error.status(),
            message: error.message(),
            request_id,
            errors: match error {
                service::Error::Invalid(errors) => errors,
                _ => Vec::new(),
            },
        }
    })
}
