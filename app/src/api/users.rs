//! One's own profile, and the people of the installation.

use leptos::prelude::*;
use model::permission::Role;
use model::person::{Member, PersonState};
use uuid::Uuid;

use crate::error::AppError;

/// Whether the caller has a password, and so must show it to change it.
#[server(prefix = "/api/ui", endpoint = "profile/has-password", input = server_fn::codec::Json)]
pub async fn has_password() -> Result<bool, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::profile::has_password(&services, &caller).await)
}

/// Changes one's own name.
#[server(prefix = "/api/ui", endpoint = "profile/name")]
pub async fn change_name(#[server(default)] name: String) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::profile::change_name(&services, &caller, &name).await)?;
    crate::response::redirect("/settings?done=name");
    Ok(())
}

/// Changes the address that one signs in with; `current` is the password.
#[server(prefix = "/api/ui", endpoint = "profile/email")]
pub async fn change_email(
    #[server(default)] email: String,
    #[server(default)] current: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let changed = service::profile::change_email(&services, &caller, &email, current.into()).await;
    crate::ssr::report(changed)?;
    crate::response::redirect("/settings?done=email");
    Ok(())
}

/// Changes one's own password, which ends the other sessions.
#[server(prefix = "/api/ui", endpoint = "profile/password")]
pub async fn change_password(
    #[server(default)] current: String,
    #[server(default)] new: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let current = Some(current)
        .filter(|current| !current.is_empty())
        .map(Into::into);
    let changed = service::profile::change_password(&services, &caller, current, new.into()).await;
    crate::ssr::report(changed)?;
    crate::response::redirect("/settings?done=password");
    Ok(())
}

/// Everybody.
#[server(prefix = "/api/ui", endpoint = "people/list", input = server_fn::codec::Json)]
pub async fn list_people() -> Result<Vec<Member>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::users::list(&services, &caller).await)
}

/// Adds a person; the next page shows the invitation's link once.
#[server(prefix = "/api/ui", endpoint = "people/invite")]
pub async fn invite_person(
    #[server(default)] email: String,
    #[server(default)] name: String,
    role: Role,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let invitation = service::users::Invitation { email, name, role };
    let link = crate::ssr::report(service::users::invite(&services, &caller, invitation).await)?;
    crate::ssr::cookies::show_once(&services, &link.url);
    crate::response::redirect(&format!(
        "/settings/people?link={}",
        link.expires_at.timestamp_micros()
    ));
    Ok(())
}

/// Gives a person another role.
#[server(prefix = "/api/ui", endpoint = "people/role")]
pub async fn change_role(id: Uuid, role: Role) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::users::change_role(&services, &caller, id, role).await)?;
    Ok(())
}

/// Disables or enables a person.
#[server(prefix = "/api/ui", endpoint = "people/state")]
pub async fn change_state(id: Uuid, state: PersonState) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::users::set_state(&services, &caller, id, state).await)?;
    Ok(())
}

/// Makes a link for a new password; the next page shows it once.
#[server(prefix = "/api/ui", endpoint = "people/reset")]
pub async fn reset_password(id: Uuid) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let link = crate::ssr::report(service::users::reset_link(&services, &caller, id).await)?;
    crate::ssr::cookies::show_once(&services, &link.url);
    crate::response::redirect(&format!(
        "/settings/people/{id}?link={}",
        link.expires_at.timestamp_micros()
    ));
    Ok(())
}

/// Removes a person. `confirmation` is their address.
#[server(prefix = "/api/ui", endpoint = "people/delete")]
pub async fn delete_person(
    id: Uuid,
    #[server(default)] confirmation: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::users::delete(&services, &caller, id, &confirmation).await)?;
    crate::response::redirect("/settings/people?done=removed");
    Ok(())
}
