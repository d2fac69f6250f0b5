//! The parameters of a call: a form's `name=value&…`, decoded, each name once.

use super::error::Error;
use std::collections::BTreeMap;

/// How many parameters a call may have.
const MOST: usize = 2000;

/// The parameters of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a body, or the query of a URL, of the type `application/x-www-form-urlencoded`.
    pub fn parse(form: &str) -> Result<Self, Error> {
        let mut parameters = BTreeMap::new();
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                let message = "The request is not encoded as application/x-www-form-urlencoded in UTF-8";
                return Err(Error::new("MalformedQueryString", message));
            };
            if parameters.len() == MOST {
                let message = format!("The request has more than {MOST} parameters");
                return Err(Error::new("MalformedQueryString", message));
            }
            if parameters.insert(name.clone(), value).is_some() {
                let message = format!("The parameter {name} is there twice");
                return Err(Error::new("InvalidParameterCombination", message));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A yes or no; no if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => {
                let message = format!("Invalid value '{text}' for {name}. Must be true or false");
                Err(Error::new("InvalidParameterValue", message))
            }
        }
    }

    /// A list: `NAME.1`, `NAME.2` …, in the order of their numbers.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let mut items: Vec<_> = self
            .0
            .iter()
            .filter_map(|(key, value)| {
                let number = key.strip_prefix(name)?.strip_prefix('.')?.parse::<u32>().ok()?;
                Some((number, value.as_str()))
            })
            .collect();
        items.sort_unstable();
        items.into_iter().map(|(_, value)| value).collect()
    }

    /// The numbers of a list of structures: N of `NAME.N.…`.
    pub(super) fn numbers(&self, name: &str) -> Vec<u32> {
        let number = |key: &String| {
            let (number, _) = key.strip_prefix(name)?.strip_prefix('.')?.split_once('.')?;
            number.parse().ok()
        };
        let mut numbers: Vec<_> = self.0.keys().filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The first parts of all names, but for those that every call has.
    pub(super) fn heads(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|key| key.split('.').next().unwrap_or(key)).filter(|head| !is_of_every_call(head))
    }

    /// All but what says which part of the answer is wanted, in one text.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()) && !is_of_every_call(name));
        kept.flat_map(|(name, value)| [name.as_str(), "=", value.as_str(), "\n"]).collect()
    }
}

/// What every call may have, beside what a URL is signed with.
fn is_of_every_call(name: &str) -> bool {
    matches!(name, "Action" | "Version" | "DryRun") || name.starts_with("X-Amz-")
}

/// A part of a form as text; none if it is not well-formed.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn a_form_is_decoded_and_lists_are_in_the_order_of_their_numbers() {
        let form = "Action=X&VpcId.10=c&VpcId.2=b&VpcId.1=a%2f+%C3%A9&Filter.1.Name=n&Filter.1.Value.1=v";
        let parameters = Parameters::parse(form).unwrap();
        assert_eq!(parameters.list("VpcId"), ["a/ é", "b", "c"]);
        assert_eq!(parameters.numbers("Filter"), [1]);
        assert_eq!(parameters.list("Filter.1.Value"), ["v"]);
        assert_eq!(parameters.heads().collect::<Vec<_>>(), ["Filter", "Filter", "VpcId", "VpcId", "VpcId"]);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for form in ["Action=%", "Action=%4", "Action=%zz", "Action=%ff", "Action=%-1"] {
            assert_eq!(Parameters::parse(form).unwrap_err().code, "MalformedQueryString", "{form}");
        }
        assert_eq!(Parameters::parse("A=1&A=2").unwrap_err().code, "InvalidParameterCombination");
        let many: Vec<_> = (0..2001).map(|n| format!("P.{n}=x")).collect();
        assert_eq!(Parameters::parse(&many.join("&")).unwrap_err().code, "MalformedQueryString");
    }
}
