//! Which image an instance is launched from: one that was made in the lab, or any other, for which the lab's own stands.

use super::{
    super::{
        Name,
        diagnostic::{Spanned, did_you_mean},
        draft::ImageRef,
    },
    Resolver,
};

impl Resolver<'_> {
    /// The lab's image, or the id of one from outside; nothing if a file wants an image that there is not.
    pub(super) fn image(&mut self, wanted: Option<&Spanned<ImageRef>>) -> Option<(Option<Name>, Option<String>)> {
        let Some(wanted) = wanted else { return Some((None, None)) };
        let (ImageRef::OfLab(text) | ImageRef::Any(text)) = &wanted.value;
        let images = self.previous.map(|previous| &previous.images);
        let found =
            images.into_iter().flatten().find(|(name, image)| image.id.as_str() == text || name.as_str() == text);
        match (&wanted.value, found) {
            (ImageRef::OfLab(_), Some((name, _))) => Some((Some(name.clone()), None)),
            (ImageRef::Any(_), Some((name, image))) if image.id.as_str() == text => Some((Some(name.clone()), None)),
            (ImageRef::Any(_), _) => Some((None, is_id(text).then(|| text.clone()))),
            (ImageRef::OfLab(_), None) => {
                let message = match text.strip_prefix("ami-") {
                    Some(_) if is_id(text) => format!("the image id `[{text}]` does not exist (InvalidAMIID.NotFound)"),
                    Some(_) => format!("invalid id: `{text}` (InvalidAMIID.Malformed)"),
                    None => format!("lab `{}` has no image `{text}` (InvalidAMIID.NotFound)", self.lab),
                };
                let near = did_you_mean(text, images.into_iter().flatten().map(|(name, _)| name.as_str()));
                let hint =
                    || "`vpcns create-image INSTANCE NAME` makes one of an instance of the lab that is up".into();
                self.found.push_with_hint(wanted.span, message, near.unwrap_or_else(hint));
                None
            }
        }
    }
}

/// Whether a text has the form of an image's id (GEN-08).
fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("ami-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
