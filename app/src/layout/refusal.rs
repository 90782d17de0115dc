//! The reason why events are recorded and not sealed, on every page while that lasts.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::integrity::TrailRefusal;

use crate::api::trail::read_refusal;
use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::error::AppError;
use crate::paths;

/// Why nothing is sealed; asked at each change of page. Provided by the frame, as
/// [`Unread`](super::inbox_link::Unread) is and for the same reason.
#[derive(Clone, Copy, Debug)]
pub struct Refusal(Resource<Result<Option<TrailRefusal>, AppError>>);

impl Refusal {
    /// Provides it to the frame.
    pub fn provide() {
        let location = use_location();
        provide_context(Self(Resource::new_blocking(
            move || location.pathname.get(),
            |_| read_refusal(),
        )));
    }

    /// The refusal that stands; none while that is not known.
    pub async fn standing(self) -> Option<TrailRefusal> {
        self.0.await.ok().flatten()
    }
}

/// The line above the page.
#[component]
pub fn RefusalBanner(refusal: TrailRefusal) -> impl IntoView {
    view! {
        <div class="frame__banner" role="status">
            <Icon name="warning"/>
            <p>
                <strong>"Recorded, not sealed"</strong>" since "<Time at=refusal.since/>". "{refusal.reason}
            </p>
            <a href=paths::INTEGRITY>"Integrity"</a>
        </div>
    }
}
