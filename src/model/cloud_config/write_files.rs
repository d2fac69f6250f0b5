//! `write_files`: files with their contents, modes and owners.

use super::{Reader, quoted, shown, text};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_yaml::{Mapping, Value};

/// The keys of a file.
const KEYS: [&str; 6] = ["path", "content", "encoding", "permissions", "owner", "append"];

impl Reader {
    pub(super) fn write_files(&mut self, value: &Value) {
        let Some(files) = value.as_sequence() else { return self.wrong("`write_files` is a list of files") };
        for file in files {
            match file.as_mapping() {
                Some(file) => self.write_file(file),
                None => self.wrong("a file of `write_files` is a mapping with a `path`"),
            }
        }
    }

    fn write_file(&mut self, file: &Mapping) {
        for key in file.keys().filter(|key| !key.as_str().is_some_and(|key| KEYS.contains(&key))) {
            let key = shown(key.as_str().unwrap_or("?"));
            self.unmirrored(format!("`{key}` of a file of `write_files` is not mirrored"));
        }
        let Some(path) = file.get("path").and_then(Value::as_str).filter(|path| path.starts_with('/')) else {
            return self.wrong("a file of `write_files` has a `path` that begins with `/`");
        };
        let content = file.get("content").map_or(Some(String::new()), text);
        let Some(content) = content else { return self.wrong(format!("the `content` of `{}` is text", shown(path))) };
        let encoding = file.get("encoding").map_or("text/plain", |encoding| encoding.as_str().unwrap_or_default());
        let (encoded, is_packed) = match encoding.to_lowercase().as_str() {
            "text/plain" => (STANDARD.encode(content), false),
            "b64" | "base64" => (content, false),
            "gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64" => (content, true),
            _ => return self.unmirrored(format!("the encoding of `{}` is not mirrored", shown(path))),
        };
        // As cloud-init, which knows no other letters in it.
        let encoded: String = encoded.split_whitespace().collect();
        if STANDARD.decode(&encoded).is_err() {
            return self.wrong(format!("the `content` of `{}` is not in Base64", shown(path)));
        }
        let Some(mode) = mode(file.get("permissions")) else {
            return self
                .wrong(format!("the `permissions` of `{}` are octal digits in quotes, as `'0644'`", shown(path)));
        };
        let owner = file.get("owner").map_or(Some("root:root"), Value::as_str);
        let is_owner = |owner: &&str| !owner.is_empty() && !owner.starts_with('-');
        let Some(owner) = owner.filter(is_owner) else {
            return self.wrong(format!("the `owner` of `{}` is `USER:GROUP`", shown(path)));
        };
        let into = match file.get("append").map_or(Some(false), Value::as_bool) {
            Some(append) => {
                if append {
                    ">>"
                } else {
                    ">"
                }
            }
            None => return self.wrong(format!("`append` of `{}` is `true` or `false`", shown(path))),
        };
        let unpack = if is_packed { " | gzip -dc" } else { "" };
        let (path, owner) = (quoted(path), quoted(owner));
        self.line(format_args!(
            "mkdir -p \"$(dirname {path})\" && printf %s '{encoded}' | base64 -d{unpack} {into} {path} \
             && chmod {mode} {path} && chown {owner} {path} || failed=$?"
        ));
    }
}

/// The mode of a file: octal digits.
fn mode(permissions: Option<&Value>) -> Option<String> {
    let Some(permissions) = permissions else { return Some("0644".into()) };
    let text = permissions.as_str()?.trim_start_matches("0o").to_owned();
    let is_octal = (3..=5).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    is_octal.then_some(text)
}
