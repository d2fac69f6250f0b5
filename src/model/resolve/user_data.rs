//! UserData (IMDS-09): a script that begins with `#!`, or a `#cloud-config`. What cloud-init would take for something
//! else is refused by name; any other text is kept, and runs nothing, as on EC2.

use crate::model::{
    cloud_config::{self, Mistake},
    diagnostic::Diagnostics,
    draft::Text,
};

/// The most bytes.
const LIMIT: usize = 16 << 10;

/// What cloud-init tells by its beginning, and is not mirrored.
const OTHER_KINDS: [&str; 9] = [
    "#cloud-config-archive",
    "#cloud-config-jsonp",
    "#cloud-boothook",
    "#include",
    "#part-handler",
    "#upstart-job",
    "## template: jinja",
    "Content-Type: multipart/",
    "MIME-Version:",
];

const HINT: &str = "write a script that begins with `#!`";

/// The text, if it is one that instances take.
pub(super) fn user_data(text: &Text, found: &mut Diagnostics) -> Option<String> {
    if let Some(kind) = OTHER_KINDS.into_iter().find(|kind| text.value.starts_with(kind)) {
        found.push_with_hint(text.span, format!("user data that begins with `{kind}` is not mirrored"), HINT);
        return None;
    }
    if text.value.len() > LIMIT {
        found.push(text.span, format!("user data has {} bytes, and may have {LIMIT}", text.value.len()));
        return None;
    }
    if cloud_config::is_one(&text.value)
        && let Err(mistakes) = cloud_config::script(&text.value)
    {
        for mistake in mistakes {
            match mistake {
                Mistake::Wrong(message) => found.push(text.span, message),
                Mistake::Unmirrored(message) => found.push_with_hint(text.span, message, HINT),
            }
        }
        return None;
    }
    Some(text.value.clone())
}
