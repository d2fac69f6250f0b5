//! Places of a policy that stay open until the lab is resolved: what a template says by `!GetAtt Bucket.Arn` is known only
//! then. Until then such a place holds the resource's type, its name and the attribute between control characters, which no
//! file can have.

/// What begins, parts and ends an open place.
const MARK: char = '\u{1}';

/// What fills open places: by a resource's type, its name and the attribute.
pub type Fill<'a> = dyn Fn(&str, &str, Option<&str>) -> Option<String> + 'a;

/// An open place in a text: what `attribute` of a resource, or without one its `Ref`, will be.
pub fn open(kind: &str, resource: &str, attribute: Option<&str>) -> String {
    format!("{MARK}{kind}{MARK}{resource}{MARK}{}{MARK}", attribute.unwrap_or_default())
}

/// Whether a text has open places.
pub fn is_open(text: &str) -> bool {
    text.contains(MARK)
}

/// A text with its open places filled. `fill` takes a resource's type, its name and the attribute; the error is what it
/// has no value for.
pub fn filled(text: &str, fill: &Fill<'_>) -> Result<String, String> {
    let mut parts = text.split(MARK);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    while let (Some(kind), Some(resource), Some(attribute), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        let attribute = (!attribute.is_empty()).then_some(attribute);
        let value = fill(kind, resource, attribute);
        let name = || attribute.map_or_else(|| resource.to_owned(), |attribute| format!("{resource}.{attribute}"));
        whole.push_str(&value.ok_or_else(name)?);
        whole.push_str(rest);
    }
    Ok(whole)
}
