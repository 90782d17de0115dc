//! The way to the inbox, with how many alerts nobody has read.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::api::alerts::count_unread;
use crate::components::icon::Icon;
use crate::error::AppError;
use crate::paths;

/// How many alerts nobody has read. Counted at each change of page, and when the inbox asks.
///
/// Provided by the frame, outside of what renders again when the person is known: a resource
/// that is made twice on the server and once in the browser would shift all later ones.
#[derive(Clone, Copy, Debug)]
pub struct Unread {
    turn: RwSignal<u32>,
    count: Resource<Result<i64, AppError>>,
}

impl Unread {
    /// Provides it to the frame and the page in it.
    pub fn provide() {
        let turn = RwSignal::new(0);
        let location = use_location();
        let count = Resource::new_blocking(
            move || (location.pathname.get(), turn.get()),
            |_| count_unread(),
        );
        provide_context(Self { turn, count });
    }

    /// How many; none while that is not known.
    pub async fn number(self) -> i64 {
        self.count.await.unwrap_or(0)
    }

    /// Counts again.
    pub fn count_again(self) {
        self.turn.update(|turn| *turn += 1);
    }
}

/// The link in the rail.
#[component]
pub fn InboxLink(unread: i64) -> impl IntoView {
    view! {
        <A href=paths::INBOX attr:class="frame__link" attr:title="Inbox">
            <Icon name="inbox"/>
            <span class="frame__label">"Inbox"</span>
            {(unread > 0).then(|| view! {
                <span class="frame__count">{unread}<span class="visually-hidden">" unread"</span></span>
            })}
        </A>
    }
}
