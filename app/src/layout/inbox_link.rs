//! The way to the inbox, with how many alerts nobody has read.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::api::alerts::count_unread;
use crate::components::icon::Icon;
use crate::paths;

/// Asks the frame to count again; the inbox does so after something was read.
#[derive(Clone, Copy, Debug)]
pub struct Unread(RwSignal<u32>);

impl Unread {
    /// Provides it to the frame and the page in it.
    pub fn provide() {
        provide_context(Self(RwSignal::new(0)));
    }

    /// Counts again.
    pub fn count_again(self) {
        self.0.update(|turn| *turn += 1);
    }
}

/// The link in the rail. Counts at each change of page.
#[component]
pub fn InboxLink() -> impl IntoView {
    let turn = use_context::<Unread>();
    let location = use_location();
    let unread = Resource::new_blocking(
        move || (location.pathname.get(), turn.map(|turn| turn.0.get())),
        |_| count_unread(),
    );
    view! {
        <A href=paths::INBOX attr:class="frame__link" attr:title="Inbox">
            <Icon name="inbox"/>
            <span class="frame__label">"Inbox"</span>
            <Transition>
                {move || Suspend::new(async move {
                    let count = unread.await.unwrap_or(0);
                    (count > 0).then(|| view! {
                        <span class="frame__count">{count}<span class="visually-hidden">" unread"</span></span>
                    })
                })}
            </Transition>
        </A>
    }
}
