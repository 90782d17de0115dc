//! Verifies a bundle in the browser: hands its address to the worker, tells how far it is, gives
//! the report. The page stays responsive; the bytes never pass through it.
//!
//! ```ignore
//! let request = Request { url, policy: None, stated: Some(policy_text), pin: pin(&origin) };
//! let running = start(&request, move |turn| state.set(Some(turn)));
//! // Keep `running` (StoredValue::new_local); dropping it stops the worker.
//! ```
//!
//! It refuses to keep a checkpoint by itself: call [`keep`] with [`Verification::checkpoint`]
//! when the verdict is not damaged. Nothing here may be called on the server.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::window;
use model::verification::{Pin, Progress, Verification};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{EventTarget, MessageEvent, Storage};

/// Where the worker stands; its bytes hold the verifier.
const WORKER: &str = "/pkg/verify-worker.js";

/// How the key of a kept checkpoint begins; the name of the log follows.
const PIN: &str = "trail-pin:";

/// What to verify, and whom to believe.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A bundle of this installation, compressed with gzip or not.
    pub url: String,
    /// The text of a policy file that the reader chose.
    pub policy: Option<String>,
    /// Without one: the policy that this installation states about itself.
    pub stated: Option<String>,
    /// A checkpoint that was verified before, which must be continued.
    pub pin: Option<Pin>,
}

/// What the worker tells.
#[derive(Clone, Debug)]
pub enum Turn {
    /// It goes on; about ten times a second.
    Progress(Progress),
    /// It is done. Last turn.
    Done(Box<Verification>),
    /// It could not be done: no connection, no bundle there, a policy that cannot be read. Last
    /// turn.
    Failed(String),
}

type OnMessage = Closure<dyn Fn(MessageEvent)>;

/// A verification that goes on. Dropping it stops the worker.
#[derive(Debug)]
pub struct Running {
    worker: EventTarget,
    _on_message: OnMessage,
    _on_error: OnMessage,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A worker that has ended already is none the worse for it.
        let _ = call(&self.worker, "terminate", &[]);
    }
}

/// Starts the worker; none where the browser has no workers.
pub fn start(request: &Request, on_turn: impl Fn(Turn) + Clone + 'static) -> Option<Running> {
    let constructor = Reflect::get(&window(), &"Worker".into()).ok()?;
    let constructor = constructor.dyn_into::<Function>().ok()?;
    let worker = Reflect::construct(&constructor, &Array::of1(&WORKER.into())).ok()?;
    let worker: EventTarget = worker.unchecked_into();
    let told = on_turn.clone();
    let on_message = OnMessage::new(move |message: MessageEvent| {
        told(read(&message).unwrap_or_else(|| Turn::Failed(UNREADABLE.to_owned())));
    });
    let on_error = OnMessage::new(move |_| on_turn(Turn::Failed(NOT_STARTED.to_owned())));
    for (name, listener) in [("message", &on_message), ("error", &on_error)] {
        worker
            .add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
            .ok()?;
    }
    call(&worker, "postMessage", &[message(request)?.into()])?;
    Some(Running {
        worker,
        _on_message: on_message,
        _on_error: on_error,
    })
}

const UNREADABLE: &str =
    "The verifier said something that this page does not understand. Load the page again.";
const NOT_STARTED: &str = "The verifier could not be started. Load the page again.";

/// The checkpoint that this browser verified last, of the log of this name.
#[must_use]
pub fn pin(origin: &str) -> Option<Pin> {
    let kept = storage()?.get_item(&format!("{PIN}{origin}")).ok()??;
    let mut words = kept.split(' ');
    let (size, root) = (words.next()?.parse().ok()?, words.next()?.to_owned());
    let origin = origin.to_owned();
    words.next().is_none().then_some(Pin { origin, size, root })
}

/// Keeps a verified checkpoint, unless a larger one is kept already.
pub fn keep(verified: &Pin) {
    let is_older = pin(&verified.origin).is_some_and(|kept| kept.size > verified.size);
    if let Some(storage) = storage()
        && !is_older
    {
        let key = format!("{PIN}{}", verified.origin);
        // Without storage the next visit has nothing to compare with, which it says.
        let _ = storage.set_item(&key, &format!("{} {}", verified.size, verified.root));
    }
}

/// The line by which a policy file names a checkpoint that was seen: to be offered as a download.
#[must_use]
pub fn pin_line(pin: &Pin) -> String {
    format!("pin {} {} {}\n", pin.origin, pin.size, pin.root)
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// `{url, policy, stated, pin}`, texts or null.
fn message(request: &Request) -> Option<Object> {
    let pin = request.pin.as_ref().map(pin_line);
    let message = Object::new();
    for (key, value) in [
        ("url", Some(request.url.as_str())),
        ("policy", request.policy.as_deref()),
        ("stated", request.stated.as_deref()),
        ("pin", pin.as_deref()),
    ] {
        let value = value.map_or(JsValue::NULL, JsValue::from_str);
        Reflect::set(&message, &key.into(), &value).ok()?;
    }
    Some(message)
}

/// The worker speaks in texts of JSON: `{"progress":…}`, `{"report":…}` or `{"failed":"…"}`.
fn read(message: &MessageEvent) -> Option<Turn> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Said {
        Progress(Progress),
        Report(Box<Verification>),
        Failed(String),
    }
    let text = message.data().as_string()?;
    Some(match serde_json::from_str(&text).ok()? {
        Said::Progress(progress) => Turn::Progress(progress),
        Said::Report(report) => Turn::Done(report),
        Said::Failed(why) => Turn::Failed(why),
    })
}

fn call(target: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let function = Reflect::get(target, &method.into()).ok()?;
    let function = function.dyn_into::<Function>().ok()?;
    function
        .apply(target, &arguments.iter().collect::<Array>())
        .ok()
}
