//! From a file to a topology, with all that is wrong with it at once.

use super::exit::Failure;
use crate::{
    input::{self, Source},
    model::{Topology, diagnostic::Diagnostics, draft::Draft},
    sys::state::Lab,
};
use clap::Args;
use std::path::{Path, PathBuf};

/// The longest name of a lab.
const LONGEST_NAME: usize = 31;

/// The file that a command reads, and under which name.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The topology: native YAML; `-` reads standard input; without it, the PrivateLink lab that comes with vpcns
    #[arg(value_name = "FILE", env = "VPCNS_FILE")]
    pub(super) file: Option<PathBuf>,

    /// The lab's name; default: the file's `name`, else the file's own name without its ending
    #[arg(short, long, value_name = "NAME", env = "VPCNS_LAB")]
    pub(super) lab: Option<String>,
}

/// A file that was read, and the lab that it describes.
pub(super) struct Loaded {
    /// The lab of that name, whether or not it is up.
    pub(super) lab: Lab,
    /// The file's absolute path, `-` or `embedded`.
    pub(super) path: String,
    source: Source,
    draft: Option<Draft>,
    mistakes: Diagnostics,
}

/// Reads a file as far as it can be read without knowing what runs already.
pub(super) fn load(choice: &Choice) -> Result<Loaded, Failure> {
    let source = input::read(choice.file.as_deref()).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = error.to_string();
        let (message, hint) = text.split_once('\n').map_or((text.as_str(), None), |(first, rest)| (first, Some(rest)));
        Failure::Wrong(
            std::iter::once(format!("{message}{cause}")).chain(hint.map(str::to_owned)).collect::<Vec<_>>().join("\n"),
        )
    })?;
    let (draft, mut mistakes) = input::examine(&source);
    let name = lab_name(choice, &source, draft.as_ref(), &mut mistakes)?;
    let path = match source.name.as_str() {
        "-" | "embedded" => source.name.clone(),
        name => std::path::absolute(name)?.display().to_string(),
    };
    Ok(Loaded { lab: Lab::named(&name), path, source, draft, mistakes })
}

impl Loaded {
    /// What the file means, given what runs already.
    pub(super) fn resolve(self, previous: Option<&Topology>) -> Result<Topology, Failure> {
        self.check(previous).map_err(|(source, mistakes)| Failure::Mistakes(input::render(&source, mistakes)))
    }

    /// What the file means, or the mistakes in it.
    pub(super) fn check(self, previous: Option<&Topology>) -> Result<Topology, (Source, Diagnostics)> {
        let resolved = self.draft.as_ref().map(|draft| Topology::resolve(draft, self.lab.name(), previous));
        match resolved {
            Some(Ok(topology)) if self.mistakes.is_empty() => Ok(topology),
            Some(Err(meaning)) => Err((self.source, input::together(self.mistakes, meaning))),
            Some(Ok(_)) | None => Err((self.source, self.mistakes)),
        }
    }
}

/// The lab's name: as typed, else as the file says, else as the file is called.
fn lab_name(
    choice: &Choice,
    source: &Source,
    draft: Option<&Draft>,
    mistakes: &mut Diagnostics,
) -> Result<String, Failure> {
    let rule = format!("a lab's name has small letters, digits and `-`, and {LONGEST_NAME} characters at most");
    if let Some(name) = &choice.lab {
        let wrong = || Failure::Wrong(format!("`{name}` cannot be the name of a lab\nhint: {rule}"));
        return is_name(name).then(|| name.clone()).ok_or_else(wrong);
    }
    if let Some(name) = draft.and_then(|draft| draft.name.as_ref()) {
        if !is_name(&name.value) {
            mistakes.push_with_hint(name.span, format!("`{}` cannot be the name of a lab", name.value), rule);
        }
        return Ok(name.value.clone());
    }
    let stem = Path::new(&source.name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into());
    let name = slug(if source.name == "-" { "stdin" } else { &stem });
    if is_name(&name) {
        return Ok(name);
    }
    Err(Failure::Wrong(format!("the file's name, `{stem}`, makes no name of a lab\nhint: say `--lab NAME`; {rule}")))
}

/// A file's name as the name of a lab: `My Lab.v2` becomes `my-lab-v2`.
fn slug(stem: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let slug: String = stem.chars().map(letter).take(LONGEST_NAME).collect();
    slug.trim_matches('-').to_owned()
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_letter) && !name.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::{is_name, slug};

    #[test]
    fn names_of_labs_are_short_and_plain() {
        assert!(is_name("privatelink") && is_name("0-a") && is_name(&"a".repeat(31)));
        for name in ["", "-a", "A", "a.b", "a/b", "é", &"a".repeat(32)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_files_name_becomes_a_labs_name() {
        assert_eq!(slug("My Lab.v2"), "my-lab-v2");
        assert_eq!(slug("--"), "");
    }
}
