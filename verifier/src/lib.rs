//! Verifies a bundle in the browser: what a worker calls, and nothing else. It reads no file,
//! opens no connection and keeps nothing; `worker.js` feeds it.

mod report;
mod session;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use session::Session;

/// One verification.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BundleVerifier(Session);

#[wasm_bindgen]
impl BundleVerifier {
    /// Begins. `policy` is the text of a policy file that the reader chose; without one, `stated`
    /// is what the page says about itself; `pin` is a `pin` line of a policy. `now` is in seconds
    /// since 1970.
    ///
    /// # Errors
    ///
    /// A policy or pin that cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        policy: Option<String>,
        stated: Option<String>,
        pin: Option<String>,
        now: u32,
    ) -> Result<Self, JsError> {
        Session::new(policy, stated, pin, u64::from(now))
            .map(Self)
            .map_err(|error| JsError::new(&error.to_string()))
    }

    /// Takes the next bytes of the uncompressed file, however they were cut.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.0.feed(chunk);
    }

    /// Says that what follows cannot be unpacked.
    pub fn spoil(&mut self) {
        self.0.spoil();
    }

    /// Positions checked so far.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn positions(&self) -> f64 {
        lossy(self.0.progress().0)
    }

    /// Positions in the whole bundle, once the first line was read.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> Option<f64> {
        self.0.progress().1.map(lossy)
    }

    /// Ends; the report as JSON.
    ///
    /// # Errors
    ///
    /// None that is known; a report is always JSON.
    pub fn finish(self) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.0.finish())?)
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown in a progress bar")]
fn lossy(number: u64) -> f64 {
    number as f64
}
