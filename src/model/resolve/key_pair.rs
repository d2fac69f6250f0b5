//! Key pairs: their names, and public keys as OpenSSH writes them.

use super::{
    super::{
        Id, KeyPair,
        draft::{self, Draft, Text},
    },
    Resolver,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The types of keys that AWS imports.
const TYPES: [&str; 2] = ["ssh-ed25519", "ssh-rsa"];

/// The longest name.
const LONGEST: usize = 255;

impl Resolver<'_> {
    pub(super) fn key_pairs(&mut self, draft: &Draft) {
        for pair in &draft.key_pairs {
            let resolved = self.key_pair(pair);
            self.key_pairs.insert(&pair.label.name, resolved, &mut self.found);
        }
    }

    fn key_pair(&mut self, pair: &draft::KeyPair) -> Option<KeyPair> {
        let name = &pair.label.name;
        let key_name = pair.key_name.clone().unwrap_or_else(|| Text::new(name.value.as_str().to_owned(), name.span));
        // It becomes the name of a file.
        let is_name = |text: &str| {
            let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '/' || letter == ' ';
            (1..LONGEST - 3).contains(&text.len()) && text.chars().all(is_plain) && !text.starts_with(['.', ' ', '-'])
        };
        if !is_name(&key_name.value) {
            let message = format!("`{}` cannot be the name of a key pair (InvalidParameterValue)", key_name.value);
            let hint = "letters, digits and what is on the keyboard but `/`; not with `.`, `-` or a blank at first";
            self.found.push_with_hint(key_name.span, message, hint);
            return None;
        }
        if self.key_pairs.iter().any(|(_, other)| other.key_name == key_name.value) {
            let message = format!("the key pair `{}` already exists (InvalidKeyPair.Duplicate)", key_name.value);
            self.found.push(key_name.span, message);
            return None;
        }
        let public_key = match &pair.public_key {
            Some(text) => Some(public_key(&text.value).or_else(|| {
                let hint = format!(
                    "the line of a `.pub` file, which begins with {}",
                    TYPES.map(|t| format!("`{t}`")).join(" or ")
                );
                self.found.push_with_hint(
                    text.span,
                    "key is not in valid OpenSSH public key format (InvalidKey.Format)",
                    hint,
                );
                None
            })?),
            None => None,
        };
        Some(KeyPair {
            id: Id::derive(self.lab, "key", &key_name.value),
            key_name: key_name.value,
            generated: public_key.is_none(),
            public_key,
        })
    }
}

/// The type and the Base64 of a public key, without its comment.
fn public_key(text: &str) -> Option<String> {
    let mut words = text.split_ascii_whitespace();
    let kind = words.next().filter(|kind| TYPES.contains(kind))?;
    let key = words.next()?;
    let blob = STANDARD.decode(key).ok()?;
    // Within, the type stands once more, after its length.
    let length = u32::try_from(kind.len()).ok()?.to_be_bytes();
    let rest = blob.strip_prefix(&length)?.strip_prefix(kind.as_bytes())?;
    (rest.len() > 32).then(|| format!("{kind} {key}"))
}

#[cfg(test)]
mod tests {
    use super::public_key;

    #[test]
    fn a_public_key_is_a_type_and_what_says_so_itself() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
        assert_eq!(public_key(&format!("{key} me@home\n")).as_deref(), Some(key));
        for wrong in
            ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAA", &key.replace("ed25519 ", "rsa "), "-----BEGIN"]
        {
            assert_eq!(public_key(wrong), None, "{wrong}");
        }
    }
}
