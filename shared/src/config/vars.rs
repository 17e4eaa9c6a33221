//! Reading the environment.

use std::{collections::HashMap, str::FromStr};

use http::HeaderValue;
use phonenumber::country;

use super::{ConfigError, DAY};
use crate::clock::Seconds;

/// Every variable of the process's environment that is valid Unicode.
#[must_use]
pub fn process_environment() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Whether this process runs inside AWS Lambda.
#[must_use]
pub fn inside_lambda() -> bool {
    // Other services set AWS_EXECUTION_ENV too, CloudShell for instance.
    let environment = std::env::var_os("AWS_EXECUTION_ENV").unwrap_or_default();
    std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some()
        || environment.to_string_lossy().starts_with("AWS_Lambda_")
}

/// Variables by their names.
pub(super) struct Vars<'a>(pub(super) &'a HashMap<String, String>);

impl Vars<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.get(name).filter(|value| !value.trim().is_empty()).ok_or(ConfigError::Missing(name))
    }

    /// One of `choices`, of which the first is the default.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<T, ConfigError> {
        let chosen = match self.get(name) {
            None => choices.first(),
            Some(value) => choices.iter().find(|(word, _)| *word == value),
        };
        chosen.map(|(_, choice)| *choice).ok_or_else(|| ConfigError::Invalid {
            name,
            expected: choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or "),
        })
    }

    pub(super) fn number(
        &self,
        name: &'static str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            ConfigError::Invalid {
                name,
                expected: format!("a whole number from {} to {}", range.start(), range.end()),
            }
        })
    }

    /// A URL without a query, and without the slashes at its end.
    pub(super) fn url(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let url = value.trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_url = host.is_some_and(|host| !host.is_empty())
            && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"<>".contains(c));
        if is_url {
            Ok(Some(url.to_owned()))
        } else {
            Err(ConfigError::Invalid {
                name,
                expected: "a URL such as https://api.example.com".to_owned(),
            })
        }
    }

    pub(super) fn days(&self, name: &'static str, default: u32) -> Result<Seconds, ConfigError> {
        Ok(Seconds::from(self.number(name, default, 1..=3650)?) * DAY)
    }

    pub(super) fn origins(&self, name: &'static str) -> Result<Vec<String>, ConfigError> {
        self.get(name)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(|origin| {
                is_origin(origin).then(|| origin.to_ascii_lowercase()).ok_or_else(|| {
                    ConfigError::Invalid {
                        name,
                        expected: "a list of origins such as https://app.example.com, \
                                   separated by commas, without paths"
                            .to_owned(),
                    }
                })
            })
            .collect()
    }

    /// A list of two-letter region codes, separated by commas; `CN` unless set.
    pub(super) fn regions(&self, name: &'static str) -> Result<Vec<country::Id>, ConfigError> {
        let list = self.get(name).unwrap_or("CN");
        list.split(',')
            .map(|code| country::Id::from_str(code.trim()))
            .collect::<Result<_, _>>()
            .map_err(|_| ConfigError::Invalid {
                name,
                expected: "a list of two-letter region codes, such as CN,DE".to_owned(),
            })
    }

    /// A text that need not be set; empty counts as not set, because a template cannot leave a
    /// variable out.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub(super) fn region(&self, name: &'static str) -> Result<country::Id, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(country::Id::CN);
        };
        country::Id::from_str(value).map_err(|_| ConfigError::Invalid {
            name,
            expected: "a region's two-letter code, such as CN".to_owned(),
        })
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' ']))
        && HeaderValue::from_str(text).is_ok()
}
