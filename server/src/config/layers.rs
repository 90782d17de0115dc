//! Lays the sources of settings over one another: defaults, file, environment, flags, in that
//! order. Every value remembers where it came from, so that an error can say so. Values of
//! secrets never enter an error message.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    Error,
    settings::{self, FOREIGN_PREFIXES, OTHER_VARIABLES, SETTINGS, Setting},
};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file at this path.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// The flag of this name.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}

#[derive(Clone, Debug)]
struct Value {
    text: SecretString,
    origin: Origin,
}

/// All values that some layer gave, the later layer above the earlier.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    values: BTreeMap<&'static str, Value>,
}

impl Layers {
    /// Puts one value above whatever stood there. An empty value means "not set", as an
    /// environment variable that a deployment passes through empty does.
    pub fn set(&mut self, setting: &'static Setting, text: String, origin: Origin) {
        if text.is_empty() && setting.default != Some("") {
            return;
        }
        self.values.insert(
            setting.key,
            Value {
                text: text.into(),
                origin,
            },
        );
    }

    /// Reads the TOML file at `path` into this layer; unknown keys are errors.
    pub fn read_file(&mut self, path: &Path) -> Result<(), Error> {
        let fail = |reason: String| Error::File {
            path: path.to_owned(),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        // The parser's own rendering quotes the offending line, which may hold a secret.
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count());
            let place = line
                .map(|line| format!("line {line}: "))
                .unwrap_or_default();
            fail(format!("{place}{}", error.message()))
        })?;
        self.take_table(path, "", &table)
    }

    fn take_table(&mut self, path: &Path, prefix: &str, table: &toml::Table) -> Result<(), Error> {
        let origin = Origin::File(path.to_owned());
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            if let Some(setting) = settings::by_key(&key) {
                let text = scalar(value).ok_or_else(|| Error::Invalid {
                    key: setting.key,
                    origin: origin.clone(),
                    reason: format!("a {} cannot stand here", value.type_str()),
                })?;
                self.set(setting, text, origin.clone());
                continue;
            }
            match value {
                toml::Value::Table(inner) if prefix.is_empty() && is_section(&key) => {
                    self.take_table(path, &format!("{key}."), inner)?;
                }
                _ => {
                    let hint = settings::closest(&key, SETTINGS.iter().map(|s| s.key));
                    return Err(Error::unknown(key, origin, hint));
                }
            }
        }
        Ok(())
    }

    /// Reads the environment into this layer. A variable that begins with `AUDITORIUM_` and
    /// belongs to no setting is an error; variables of others are left alone.
    pub fn read_environment(
        &mut self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        for setting in SETTINGS {
            let direct = environment
                .get(setting.env)
                .filter(|value| !value.is_empty());
            let file_variable = format!("{}_FILE", setting.env);
            let by_file = environment
                .get(&file_variable)
                .filter(|value| setting.secret && !value.is_empty());
            let origin = Origin::Environment(setting.env.to_owned());
            match (direct, by_file) {
                (Some(_), Some(_)) => {
                    return Err(Error::Contradiction(format!(
                        "{} and {file_variable} are both set; keep one of them",
                        setting.env
                    )));
                }
                (Some(value), None) => self.set(setting, value.clone(), origin),
                (None, Some(path)) => {
                    let text = fs::read_to_string(path).map_err(|error| Error::Invalid {
                        key: setting.key,
                        origin: Origin::Environment(file_variable.clone()),
                        reason: format!("{path}: {error}"),
                    })?;
                    let text = text.trim_end_matches(['\r', '\n']).to_owned();
                    self.set(setting, text, Origin::Environment(file_variable));
                }
                (None, None) => {}
            }
        }
        refuse_unknown_variables(environment)
    }

    /// Where the value of this setting came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.values
            .get(key)
            .map_or(Origin::Default, |value| value.origin.clone())
    }

    /// Whether any layer above the defaults gave this setting.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The settings of the file, without secrets, by their names in the file.
    #[must_use]
    pub fn open_settings_of_file(&self) -> BTreeMap<&'static str, String> {
        let is_open = |key: &str| settings::by_key(key).is_some_and(|setting| !setting.secret);
        self.values
            .iter()
            .filter(|(key, value)| is_open(key) && matches!(value.origin, Origin::File(_)))
            .map(|(key, value)| (*key, value.text.expose_secret().to_owned()))
            .collect()
    }

    /// The text of an open setting, or its default.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(value) => Some(value.text.expose_secret()),
            None => settings::by_key(key).and_then(|setting| setting.default),
        }
    }

    /// The value of a secret setting.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        self.values.get(key).map(|value| value.text.clone())
    }

    /// The parsed value of a setting, or of its default.
    pub fn parse<T>(&self, key: &'static str) -> Result<Option<T>, Error>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.text(key)
            .map(|text| {
                text.trim()
                    .parse()
                    .map_err(|error: T::Err| self.invalid(key, error))
            })
            .transpose()
    }

    /// A whole number within `range`; settings read so have a default.
    pub fn number(
        &self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, Error> {
        let number = self.parse::<u32>(key)?.unwrap_or(*range.start());
        if range.contains(&number) {
            return Ok(number);
        }
        let (low, high) = (range.start(), range.end());
        Err(self.invalid(key, format!("{number} is outside {low} to {high}")))
    }

    /// The error "this setting, from there, is wrong because".
    pub fn invalid(&self, key: &'static str, reason: impl fmt::Display) -> Error {
        let secret = settings::by_key(key).is_some_and(|setting| setting.secret);
        let shown = self
            .text(key)
            .filter(|_| !secret)
            .map(|text| format!("'{text}': "));
        Error::Invalid {
            key,
            origin: self.origin(key),
            reason: format!("{}{reason}", shown.unwrap_or_default()),
        }
    }
}

fn is_section(name: &str) -> bool {
    SETTINGS.iter().any(|setting| {
        setting
            .key
            .split_once('.')
            .is_some_and(|(section, _)| section == name)
    })
}

/// A list becomes its parts with commas between, the form it has in the environment.
fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let parts: Option<Vec<String>> = items.iter().map(scalar).collect();
            parts.map(|parts| parts.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn refuse_unknown_variables(environment: &BTreeMap<String, String>) -> Result<(), Error> {
    let known = |name: &str| {
        SETTINGS.iter().any(|setting| {
            setting.env == name
                || (setting.secret && name.strip_suffix("_FILE") == Some(setting.env))
        }) || OTHER_VARIABLES.contains(&name)
            || FOREIGN_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    match environment
        .keys()
        .find(|name| name.starts_with("AUDITORIUM_") && !known(name))
    {
        None => Ok(()),
        Some(name) => {
            let hint = settings::closest(name, SETTINGS.iter().map(|setting| setting.env));
            Err(Error::unknown(
                name.clone(),
                Origin::Environment(name.clone()),
                hint,
            ))
        }
    }
}
