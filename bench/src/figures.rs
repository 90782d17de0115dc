//! What was measured against what was promised: a table for people, JSON for programs.

use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

use crate::options::Options;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Shown to understand the others; promised by nobody.
    Told,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: String,
    /// What was measured, with its baseline, in words.
    pub(crate) words: String,
    /// What the target judges; none where it could not be measured.
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
    /// Single rounds and whatever else explains the value.
    pub(crate) detail: Value,
}

impl Measured {
    /// Whether the target holds; none where nothing is judged.
    fn holds(&self) -> Option<bool> {
        match (self.value?, self.target) {
            (value, Target::AtLeast(least)) => Some(value >= least),
            (value, Target::AtMost(most)) => Some(value <= most),
            (_, Target::Told) => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.target, self.holds()) {
            (Target::Told, _) => "-",
            (_, Some(true)) => "holds",
            (_, Some(false)) => "MISSED",
            (_, None) => "not measured",
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtLeast(least) => format!(">= {least}{}", self.unit),
            Target::AtMost(most) => format!("<= {most}{}", self.unit),
            Target::Told => "-".to_owned(),
        }
    }

    fn shown(&self) -> String {
        self.value.map_or_else(
            || "-".to_owned(),
            |value| format!("{value:.2}{}", self.unit),
        )
    }
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    about: serde_json::Map<String, Value>,
    figures: Vec<Measured>,
}

impl Report {
    pub(crate) fn about(&mut self, name: &str, value: Value) {
        self.about.insert(name.to_owned(), value);
    }

    pub(crate) fn add(&mut self, figures: Vec<Measured>) {
        for figure in &figures {
            eprintln!(
                "   {}: {} ({}, {})",
                figure.name,
                figure.words,
                figure.shown(),
                figure.verdict()
            );
        }
        self.figures.extend(figures);
    }

    pub(crate) fn is_missed(&self) -> bool {
        self.figures
            .iter()
            .any(|figure| figure.holds() == Some(false))
    }

    /// Prints the table and leaves `results.json` in the bench's folder.
    pub(crate) fn write(&mut self, options: &Options, out: &mut impl Write) -> Result<()> {
        let cores = std::thread::available_parallelism()?;
        self.about("cores", json!(cores));
        self.about("events", json!(options.events));
        self.about("rounds", json!(options.rounds));
        self.about("version", json!(version(options)));
        let figures: Vec<Value> = self.figures.iter().map(as_json).collect();
        let results = json!({ "about": self.about, "figures": figures });
        let path = options.folder().join("results.json");
        std::fs::write(&path, serde_json::to_string_pretty(&results)?)?;
        let wide = |cell: fn(&Measured) -> &str| {
            self.figures
                .iter()
                .map(|f| cell(f).len())
                .max()
                .unwrap_or(0)
        };
        let (names, words) = (wide(|f| &f.name), wide(|f| &f.words));
        writeln!(out)?;
        let head = ("figure", "measured", "value", "target");
        writeln!(
            out,
            "{:names$}  {:words$}  {:>12}  {:>12}  verdict",
            head.0, head.1, head.2, head.3
        )?;
        for figure in &self.figures {
            writeln!(
                out,
                "{:names$}  {:words$}  {:>12}  {:>12}  {}",
                figure.name,
                figure.words,
                figure.shown(),
                figure.target(),
                figure.verdict()
            )?;
        }
        writeln!(
            out,
            "\n{cores} cores for client, server and Postgres; {}",
            path.display()
        )?;
        Ok(())
    }
}

fn as_json(figure: &Measured) -> Value {
    json!({
        "figure": figure.name,
        "measured": figure.words,
        "value": figure.value,
        "unit": figure.unit.trim(),
        "target": figure.target(),
        "verdict": figure.verdict(),
        "detail": figure.detail,
    })
}

fn version(options: &Options) -> Option<String> {
    let output = std::process::Command::new(&options.program)
        .arg("--version")
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The middle of some values; of an even number, the mean of the middle two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => f64::NAN,
        (Some(value), 1) => *value,
        (Some(value), _) => {
            f64::midpoint(*value, sorted.get(middle - 1).copied().unwrap_or(*value))
        }
    }
}

/// A count as a number to calculate with; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_middle_two() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }
}
