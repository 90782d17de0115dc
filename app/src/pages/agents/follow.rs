//! New lines of a running task as the server sends them.

use leptos::prelude::*;
use model::task_log::LogWindow;
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

type OnMessage = Closure<dyn Fn(web_sys::MessageEvent)>;

/// Opens the stream and hands over its windows until the task ends or the view goes. The
/// browser opens a broken stream again, from the last line that it was sent.
pub fn follow(task: Uuid, from: u64, arrived: impl Fn(LogWindow) + 'static) {
    let Ok(source) =
        web_sys::EventSource::new(&format!("/api/v1/tasks/{task}/follow?from_line={from}"))
    else {
        return;
    };
    let on_lines = OnMessage::new(move |message: web_sys::MessageEvent| {
        let window = message
            .data()
            .as_string()
            .and_then(|text| serde_json::from_str(&text).ok());
        if let Some(window) = window {
            arrived(window);
        }
    });
    let ended = source.clone();
    let on_end = OnMessage::new(move |_: web_sys::MessageEvent| ended.close());
    for (name, listener) in [("lines", &on_lines), ("end", &on_end)] {
        // Fails for no event that has a name.
        let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    }
    let kept = StoredValue::new_local(Some((source, on_lines, on_end)));
    on_cleanup(move || {
        if let Some((source, ..)) = kept.try_update_value(Option::take).flatten() {
            source.close();
        }
    });
}
