//! The inbox: what alarmed, and where alerts are sent.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::alert::{Alert, Inbox, Webhook};
use model::permission::Permission;
use uuid::Uuid;

use crate::api::alerts::{MarkRead, SetWebhook, TestWebhook, list_alerts, read_webhook};
use crate::components::form_failure::FormFailure;
use crate::components::notice::{Failure, Notice};
use crate::components::time::Time;
use crate::error::AppError;
use crate::layout::frame::CurrentPerson;
use crate::layout::inbox_link::Unread;
use crate::paths;

/// The page of the route `/inbox`; `?before=` goes back in time.
#[component]
pub fn InboxPage() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| query.with(|query| query.get("before")?.parse::<Uuid>().ok()));
    let mark = ServerAction::<MarkRead>::new();
    let inbox = Resource::new_blocking(
        move || (before.get(), mark.version().get()),
        |(before, _)| list_alerts(before),
    );
    let unread = use_context::<Unread>();
    Effect::new(move |_| {
        if mark.version().get() > 0
            && let Some(unread) = unread
        {
            unread.count_again();
        }
    });
    view! {
        <Title text="Inbox"/>
        <main class="page page--narrow" id="main" tabindex="-1">
            <header class="page-head"><div class="page-head__title"><h1>"Inbox"</h1></div></header>
            {move || mark.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <Transition>
                {move || Suspend::new(async move {
                    match inbox.await {
                        Ok(inbox) if inbox.alerts.is_empty() => view! { <Empty/> }.into_any(),
                        Ok(inbox) => view! { <Alerts inbox mark/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
            <WebhookSection/>
        </main>
    }
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <section class="empty">
            <h2 class="empty__title">"No alerts"</h2>
            <p class="empty__why">
                "An alert is raised at once when logs or a user are deleted, a table is truncated, retention changes, an action is executed, or five sign-ins of one account fail in a row."
            </p>
        </section>
    }
}

#[component]
fn Alerts(inbox: Inbox, mark: ServerAction<MarkRead>) -> impl IntoView {
    let Inbox {
        alerts,
        unread,
        next,
    } = inbox;
    let some = unread > 0;
    view! {
        <section class="section">
            <div class="section__head">
                <h2>{format!("{unread} unread")}</h2>
                {some.then(|| view! {
                    <ActionForm action=mark>
                        <button class="button button--quiet" type="submit">"Mark all as read"</button>
                    </ActionForm>
                })}
            </div>
            <div>{alerts.into_iter().map(|alert| view! { <AlertView alert mark/> }).collect_view()}</div>
            {next.map(|before| view! {
                <div class="actions"><a class="button" href=format!("{}?before={before}", paths::INBOX)>"Earlier alerts"</a></div>
            })}
        </section>
    }
}

#[component]
fn AlertView(alert: Alert, mark: ServerAction<MarkRead>) -> impl IntoView {
    let (class, word) = if alert.read_at.is_some() {
        ("badge badge--neutral", "Read")
    } else {
        ("badge badge--warning", "Unread")
    };
    let id = alert.id.to_string();
    view! {
        <article class="check">
            <div class="check__state"><span class=class>{word}</span></div>
            <div>
                <h3 class="check__title"><a href=paths::event(alert.event_id)>{alert.kind.label()}</a></h3>
                <p class="check__evidence">{alert.text}</p>
                {alert.read_at.zip(alert.read_by).map(|(at, by)| view! {
                    <p class="check__evidence">{format!("Read by {by}, ")}<Time at/></p>
                })}
                {alert.read_at.is_none().then(|| view! {
                    <ActionForm action=mark>
                        <input type="hidden" name="id" value=id/>
                        <button class="button button--small" type="submit">"Mark as read"</button>
                    </ActionForm>
                })}
            </div>
            <span class="check__time"><Time at=alert.at/></span>
        </article>
    }
}

/// The webhook, where its reader manages it; otherwise nothing.
async fn read(current: CurrentPerson) -> Option<Result<Option<Webhook>, AppError>> {
    let person = current.ready().await?;
    if person.may(Permission::AlertsManage) {
        Some(read_webhook().await)
    } else {
        None
    }
}

/// The webhook, for those who manage it.
#[component]
fn WebhookSection() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let set = ServerAction::<SetWebhook>::new();
    let webhook = Resource::new_blocking(move || set.version().get(), move |_| read(current));
    let test = ServerAction::<TestWebhook>::new();
    let refused = move || {
        let set = set.value().get().and_then(Result::err);
        set.or_else(|| test.value().get().and_then(Result::err))
    };
    view! {
        <Transition>
            {move || Suspend::new(async move {
                webhook.await.map(|webhook| view! {
                    <section class="section" id="webhook">
                        <div class="section__head"><h2>"Webhook"</h2></div>
                        <p class="section__intro">
                            "Each alert is sent as JSON, signed by the Standard Webhooks rules: webhook-id, webhook-timestamp, webhook-signature."
                        </p>
                        {move || refused().map(|error| view! { <FormFailure error/> })}
                        {match webhook {
                            Ok(webhook) => view! {
                                <WebhookForm webhook=webhook.clone() set/>
                                {webhook.is_some().then(|| view! { <Test test/> })}
                            }.into_any(),
                            Err(error) => view! { <Failure error/> }.into_any(),
                        }}
                    </section>
                })
            })}
        </Transition>
    }
}

/// Sends a test, and says what came of the one before. The address carries the result, so that
/// it is shown without JavaScript too; only words of ours are shown.
#[component]
fn Test(test: ServerAction<TestWebhook>) -> impl IntoView {
    let query = use_query_map();
    let result = move || query.with(|query| query.get("tested"));
    view! {
        {move || result().map(|result| {
            let (kind, words) = test_words(&result);
            view! { <Notice kind>{words}</Notice> }
        })}
        <ActionForm action=test>
            <button class="button" type="submit">"Send a test"</button>
        </ActionForm>
    }
}

fn test_words(result: &str) -> (&'static str, String) {
    let status = result
        .strip_prefix("answered ")
        .and_then(|status| status.parse::<u16>().ok());
    match (result, status) {
        ("arrived", _) => ("good", "The test arrived.".to_owned()),
        (_, Some(status)) => (
            "bad",
            format!("The test was refused: the address answered with the status {status}."),
        ),
        ("no answer in time", _) => (
            "bad",
            "The test was sent, but no answer came within 15 seconds.".to_owned(),
        ),
        _ => (
            "bad",
            "The test did not arrive: the address was not reached. Check its name, its port and its certificate.".to_owned(),
        ),
    }
}

#[component]
fn WebhookForm(webhook: Option<Webhook>, set: ServerAction<SetWebhook>) -> impl IntoView {
    let url = webhook
        .as_ref()
        .map(|webhook| webhook.url.clone())
        .unwrap_or_default();
    let enabled = webhook.as_ref().is_none_or(|webhook| webhook.enabled);
    let is_set = webhook.is_some();
    view! {
        {webhook.map(|webhook| view! { <Standing webhook/> })}
        <ActionForm action=set attr:class="form">
            <div class="field">
                <label class="field__label" for="url">"Address"</label>
                <input class="input" id="url" name="url" type="url" required value=url placeholder="https://"/>
            </div>
            <div class="field field--check">
                <input type="checkbox" id="enabled" name="enabled" value="true" checked=enabled/>
                <label class="field__label" for="enabled">"Send alerts there"</label>
            </div>
            {is_set.then(|| view! {
                <div class="field field--check">
                    <input type="checkbox" id="new_secret" name="new_secret" value="true"/>
                    <label class="field__label" for="new_secret">"Make a new secret"</label>
                </div>
            })}
            <div class="actions"><button class="button button--primary" type="submit">"Save"</button></div>
        </ActionForm>
    }
}

/// The secret and how sending goes.
#[component]
fn Standing(webhook: Webhook) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"Secret"</dt>
            <dd><details><summary>"Show"</summary><code class="code">{webhook.secret}</code></details></dd>
            <dt>"Waiting"</dt>
            <dd>{webhook.waiting}</dd>
            {webhook.last_delivered_at.map(|at| view! { <dt>"Last delivered"</dt><dd><Time at/></dd> })}
            {webhook.last_error.map(|error| view! { <dt>"Last failure"</dt><dd>{error}</dd> })}
        </dl>
    }
}
