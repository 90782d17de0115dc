//! Why a form was refused, a sentence for each of its fields.

use leptos::prelude::*;
use model::problem::FieldError;

use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::error::AppError;

/// Shows each refused field as a sentence; every other error as [`Failure`] does.
#[component]
pub fn FormFailure(error: AppError) -> impl IntoView {
    if error.errors.is_empty() {
        return view! { <Failure error/> }.into_any();
    }
    let sentences = error
        .errors
        .iter()
        .map(|field| view! { <p>{sentence(field)}</p> })
        .collect_view();
    view! {
        <div class="notice notice--bad" role="alert">
            <Icon name="cross"/>
            <div class="notice__words">{sentences}</div>
        </div>
    }
    .into_any()
}

/// Reasons are written to follow the name of their field.
fn sentence(field: &FieldError) -> String {
    let subject = match field.path.as_str() {
        "password" | "new" => "The password",
        "current" => "That",
        "email" => "The e-mail address",
        "name" => "The name",
        "days" => "The number of days",
        "confirmation" => "What you typed",
        "scopes" if field.reason.starts_with("needs") => "The token",
        "scopes" => "",
        other => other,
    };
    format!("{subject} {}.", field.reason.trim_end_matches('.'))
        .trim_start()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_reads_as_a_sentence() {
        assert_eq!(
            sentence(&FieldError::new("email", "is taken")),
            "The e-mail address is taken."
        );
        let scope = FieldError::new("scopes", "logs.delete is above your own permissions");
        assert_eq!(
            sentence(&scope),
            "logs.delete is above your own permissions."
        );
    }
}
