//! How an instance's metadata answers, as either format says it (IMDS-02 to IMDS-04).

use crate::model::{
    MetadataOptions,
    diagnostic::{Diagnostics, Spanned},
    draft::Text,
};

/// What a file says.
#[derive(Debug, Clone, Default)]
pub(in crate::input) struct Wanted {
    pub(in crate::input) tokens: Option<Text>,
    pub(in crate::input) endpoint: Option<Text>,
    pub(in crate::input) hop_limit: Option<Spanned<i64>>,
    pub(in crate::input) tags: Option<Text>,
}

impl Wanted {
    /// The options, as far as they are right.
    pub(in crate::input) fn lower(self, notes: &mut Diagnostics) -> MetadataOptions {
        let default = MetadataOptions::default();
        if let Some(limit) = self.hop_limit.as_ref().filter(|limit| !(1..=64).contains(&limit.value)) {
            let message = format!("a hop limit is 1 to 64, not {} (InvalidParameterValue)", limit.value);
            notes.push(limit.span, message);
        }
        let hop_limit = self.hop_limit.and_then(|limit| u8::try_from(limit.value).ok());
        MetadataOptions {
            endpoint: choice(self.endpoint, ["disabled", "enabled"], notes).unwrap_or(default.endpoint),
            tokens_required: choice(self.tokens, ["optional", "required"], notes).unwrap_or(default.tokens_required),
            hop_limit: hop_limit.unwrap_or(default.hop_limit),
            instance_tags: choice(self.tags, ["disabled", "enabled"], notes).unwrap_or(default.instance_tags),
        }
    }
}

/// Which of two words it is.
fn choice(text: Option<Text>, [off, on]: [&str; 2], notes: &mut Diagnostics) -> Option<bool> {
    let text = text?;
    if text.value == on || text.value == off {
        return Some(text.value == on);
    }
    let message = format!("expected `{off}` or `{on}`, found `{}` (InvalidParameterValue)", text.value);
    notes.push(text.span, message);
    None
}
