//! Values of parameters from outside: `--param K=V`, and files as the AWS CLI takes them.
//!
//! A file holds lines of `K=V` (`#` begins a comment), or JSON in one of three shapes:
//!
//! ```json
//! [{ "ParameterKey": "K", "ParameterValue": "V" }]
//! ["K=V"]
//! { "Parameters": { "K": "V" } }
//! ```

use serde_json::Value;
use std::collections::BTreeMap;

/// Values by the names of their parameters; the last one given counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
}

/// Why values cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `=`, or nothing before it.
    #[error("`{0}` gives no parameter a value\nhint: write `NAME=VALUE`")]
    Pair(String),
    /// It begins as JSON, and is none.
    #[error("the parameters are not JSON")]
    Json(#[from] serde_json::Error),
    /// It is JSON of another shape.
    #[error(
        "`{0}` gives no parameter a value\nhint: write `[{{\"ParameterKey\": \"NAME\", \"ParameterValue\": \"VALUE\"}}]`"
    )]
    Shape(String),
}

impl Parameters {
    /// The values of a file's text.
    pub fn read(text: &str) -> Result<Self, Error> {
        let mut parameters = Self::default();
        if text.trim_start().starts_with(['[', '{']) {
            parameters.read_json(&serde_json::from_str(text)?)?;
        } else {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.into_iter().try_for_each(|line| parameters.add(line))?;
        }
        Ok(parameters)
    }

    /// Adds `NAME=VALUE`.
    pub fn add(&mut self, pair: &str) -> Result<(), Error> {
        let (name, value) = pair
            .split_once('=')
            .filter(|(name, _)| !name.trim().is_empty())
            .ok_or_else(|| Error::Pair(pair.to_owned()))?;
        self.set(name.trim(), value);
        Ok(())
    }

    /// Gives a parameter its value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// Takes over other values, which count more.
    pub fn extend(&mut self, other: Self) {
        self.values.extend(other.values);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The parameters that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    fn read_json(&mut self, json: &Value) -> Result<(), Error> {
        match json {
            Value::Array(items) => items.iter().try_for_each(|item| self.read_item(item)),
            Value::Object(entries) => {
                let values = entries.get("Parameters").and_then(Value::as_object).unwrap_or(entries);
                for (name, value) in values {
                    self.set(name, text(value)?);
                }
                Ok(())
            }
            other => Err(Error::Shape(other.to_string())),
        }
    }

    fn read_item(&mut self, item: &Value) -> Result<(), Error> {
        if let Value::String(pair) = item {
            return self.add(pair);
        }
        let shape = || Error::Shape(item.to_string());
        let name = item.get("ParameterKey").and_then(Value::as_str).ok_or_else(shape)?;
        match item.get("ParameterValue") {
            Some(value) => self.set(name, text(value)?),
            // `UsePreviousValue` asks a stack that no lab remembers.
            None => return Err(shape()),
        }
        Ok(())
    }
}

/// A value as text; lists are joined by commas, as parameters take them.
fn text(value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => Ok(items.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(",")),
        Value::Null | Value::Object(_) => Err(Error::Shape(value.to_string())),
    }
}
