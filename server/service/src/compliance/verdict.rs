//! What one check concludes from what it measured.

use model::compliance::Outcome;

/// A check's id and its verdict.
pub(super) type Finding = (&'static str, Verdict);

/// An outcome with the facts behind it and, where it does not hold, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) evidence: String,
    pub(super) advice: Option<String>,
}

impl Verdict {
    /// Holds or fails; the advice counts where it fails.
    pub(super) fn judge(
        holds: bool,
        evidence: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            outcome: if holds {
                Outcome::Holds
            } else {
                Outcome::Fails
            },
            evidence: evidence.into(),
            advice: (!holds).then(|| advice.into()),
        }
    }

    /// Nothing could be measured, for the reason that the evidence gives.
    pub(super) fn unknown(evidence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::CannotBeChecked,
            evidence: evidence.into(),
            advice: Some(advice.into()),
        }
    }

    /// What only people can know.
    pub(super) fn for_people() -> Self {
        Self::unknown(
            "No program can see this.",
            "Look at it, then attest here what you found and until when that stands.",
        )
    }

    /// A check whose facts this process does not have.
    pub(super) fn without_facts() -> Self {
        Self::unknown(
            "This process does not have the facts that the check needs.",
            "The server's log names the cause, where there is one.",
        )
    }

    /// A measurement that itself failed. The cause is for the log: it can name what readers of
    /// this view need not know.
    pub(super) fn unmeasured(check: &str, error: &store::Error) -> Self {
        tracing::warn!(check, %error, "a compliance check could not measure");
        Self::unknown(
            "The measurement itself failed.",
            "The server's log names the cause, under the id of this check.",
        )
    }
}

/// The verdict of what was measured, or that it could not be.
pub(super) fn of<T>(
    check: &'static str,
    measured: store::Result<T>,
    judge: impl FnOnce(&T) -> Verdict,
) -> Finding {
    (
        check,
        match measured {
            Ok(facts) => judge(&facts),
            Err(error) => Verdict::unmeasured(check, &error),
        },
    )
}

/// Runs one probe in a transaction of its own, so that a failed one stops no other.
pub(super) async fn probe<T>(
    services: &crate::Services,
    measure: impl AsyncFnOnce(&mut store::compliance::Probes) -> store::Result<T>,
) -> store::Result<T> {
    let mut probes = services.store.probes().await?;
    let measured = measure(&mut probes).await;
    probes.end().await?;
    measured
}

/// Names for evidence: the first few, and how many more.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
