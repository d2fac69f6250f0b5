//! From a file to a topology, with all that is wrong with it at once.

use super::{exit::Failure, lints, print};
use crate::{
    input::{self, Examined, Options, Source, cloudformation::Parameters},
    model::{Topology, check::Check, diagnostic::Diagnostics},
    sys::state::Lab,
};
use clap::Args;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The longest name of a lab.
const LONGEST_NAME: usize = 31;

/// The file that a command reads, and under which name.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The topology: native YAML, or a CloudFormation template in YAML or JSON; `-` reads standard input; without it,
    /// the PrivateLink lab that comes with vpcns
    #[arg(value_name = "FILE", env = "VPCNS_FILE")]
    pub(super) file: Option<PathBuf>,

    /// The lab's name; default: the file's `name`, else the file's own name without its ending
    #[arg(short, long, value_name = "NAME", env = "VPCNS_LAB")]
    pub(super) lab: Option<String>,

    /// The value of a template's parameter; can be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", env = "VPCNS_PARAM")]
    parameters: Vec<String>,

    /// Values of a template's parameters: lines of `NAME=VALUE`, or JSON as the AWS CLI takes it
    #[arg(long = "params", value_name = "FILE", env = "VPCNS_PARAMS")]
    parameter_file: Option<PathBuf>,

    /// A template's region; a native file names its own [default: ap-northeast-2]
    #[arg(long, value_name = "REGION", env = "VPCNS_REGION")]
    region: Option<String>,

    /// Leave out what is not mirrored, with a warning, instead of refusing the file
    #[arg(long, env = "VPCNS_ALLOW_UNSUPPORTED")]
    allow_unsupported: bool,

    #[command(flatten)]
    lints: lints::Lints,
}

/// A file that was read, and the lab that it describes.
pub(super) struct Loaded {
    /// The lab of that name, whether or not it is up.
    pub(super) lab: Lab,
    /// The file's absolute path, `-` or `embedded`.
    pub(super) path: String,
    source: Source,
    examined: Examined,
    /// None for commands that leave the judging of files to others.
    lints: Option<lints::Lints>,
}

/// A file that is right.
pub(super) struct Judged {
    /// What it means.
    pub(super) topology: Topology,
    /// Its text.
    pub(super) source: Source,
    /// What is to be told of it all the same.
    pub(super) warnings: Diagnostics,
}

impl Judged {
    /// Tells it to people.
    pub(super) fn warn(&self) {
        if !self.warnings.is_empty() {
            print::talk(input::render_warnings(&self.source, self.warnings.clone()).trim_end());
        }
    }
}

/// The text of a file; without one, of the lab that comes with vpcns.
pub(super) fn read(file: Option<&Path>) -> Result<Source, Failure> {
    input::read(file).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = error.to_string();
        let (message, hint) = text.split_once('\n').map_or((text.as_str(), None), |(first, rest)| (first, Some(rest)));
        Failure::Wrong(
            std::iter::once(format!("{message}{cause}")).chain(hint.map(str::to_owned)).collect::<Vec<_>>().join("\n"),
        )
    })
}

/// Reads a file as far as it can be read without knowing what runs already.
pub(super) fn load(choice: &Choice) -> Result<Loaded, Failure> {
    let source = read(choice.file.as_deref())?;
    let mut examined = input::examine(&source, &options(choice, &source)?);
    let name = lab_name(choice, &source, &mut examined)?;
    let path = match source.name.as_str() {
        "-" | "embedded" => source.name.clone(),
        name => input::whole(Path::new(name)).display().to_string(),
    };
    Ok(Loaded { lab: Lab::named(&name), path, source, examined, lints: Some(choice.lints.clone()) })
}

/// What a file means, for commands that judge it and leave labs alone.
pub(super) fn topology(file: &Path) -> Result<Topology, Failure> {
    let choice = Choice {
        file: Some(file.to_owned()),
        lab: None,
        parameters: Vec::new(),
        parameter_file: None,
        region: None,
        allow_unsupported: false,
        lints: lints::Lints::default(),
    };
    Loaded { lints: None, ..load(&choice)? }.resolve(None)
}

/// What the command line adds to the file. A template names no lab, so the stack's name is known before it is read.
fn options(choice: &Choice, source: &Source) -> Result<Options, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Wrong(error.to_string());
    let mut parameters = Parameters::default();
    if let Some(file) = &choice.parameter_file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::Wrong(format!("cannot read `{}`: {error}", file.display())))?;
        parameters = Parameters::read(&text).map_err(|error| wrong(&format!("`{}`: {error}", file.display())))?;
    }
    for pair in &choice.parameters {
        parameters.add(pair).map_err(|error| wrong(&error))?;
    }
    Ok(Options {
        lab: choice.lab.clone().unwrap_or_else(|| stem(source)),
        region: choice.region.clone(),
        parameters,
        imports: exports()?,
        allow_unsupported: choice.allow_unsupported,
    })
}

/// What the labs that are up export, for `Fn::ImportValue`.
fn exports() -> Result<BTreeMap<String, String>, Failure> {
    let mut exports = BTreeMap::new();
    for lab in Lab::all()? {
        let outputs = Lab::named(&lab).record().ok().flatten().map(|record| record.topology.outputs);
        let outputs = outputs.into_iter().flatten();
        exports.extend(outputs.filter_map(|output| Some((output.export?, output.value?))));
    }
    Ok(exports)
}

impl Loaded {
    /// The text.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Its checks, not yet looked at.
    pub(super) fn checks(&self) -> &[Check] {
        &self.examined.checks
    }

    /// What the file means, given what runs already. What is to be told of it is told.
    pub(super) fn resolve(self, previous: Option<&Topology>) -> Result<Topology, Failure> {
        let judged = self.check(previous);
        let judged = judged.map_err(|(source, mistakes)| Failure::Mistakes(input::render(&source, mistakes)))?;
        judged.warn();
        Ok(judged.topology)
    }

    /// What the file means, or the mistakes in it.
    pub(super) fn check(self, previous: Option<&Topology>) -> Result<Judged, (Source, Diagnostics)> {
        let Self { mut examined, source, lab, lints, .. } = self;
        let mut warnings = std::mem::take(&mut examined.warnings);
        let without_effect = std::mem::take(&mut examined.without_effect);
        let examined = input::settle(examined, lab.name(), previous);
        let draft = examined.draft.clone();
        let topology = match input::resolve(examined, lab.name(), previous) {
            Ok(topology) => topology,
            Err(mistakes) => return Err((source, mistakes)),
        };
        if let (Some(lints), Some(draft)) = (lints, draft) {
            match lints.judge(&topology, &draft) {
                Ok(found) => warnings.append(found),
                Err(mistakes) => return Err((source, mistakes)),
            }
        }
        for (kind, names) in without_effect {
            print::talk(format_args!("note: `{kind}` changes nothing in a lab: {}", names.join(", ")));
        }
        Ok(Judged { topology, source, warnings })
    }
}

/// The lab's name: as typed, else as the file says, else as the file is called.
fn lab_name(choice: &Choice, source: &Source, examined: &mut Examined) -> Result<String, Failure> {
    let rule = format!("a lab's name has small letters, digits and `-`, and {LONGEST_NAME} characters at most");
    if let Some(name) = &choice.lab {
        let wrong = || Failure::Wrong(format!("`{name}` cannot be the name of a lab\nhint: {rule}"));
        return is_name(name).then(|| name.clone()).ok_or_else(wrong);
    }
    if let Some(name) = examined.draft.as_ref().and_then(|draft| draft.name.as_ref()) {
        if !is_name(&name.value) {
            examined.mistakes.push_with_hint(name.span, format!("`{}` cannot be the name of a lab", name.value), rule);
        }
        return Ok(name.value.clone());
    }
    let name = stem(source);
    if is_name(&name) {
        return Ok(name);
    }
    let file = &source.name;
    Err(Failure::Wrong(format!("the file's name, `{file}`, makes no name of a lab\nhint: say `--lab NAME`; {rule}")))
}

/// The file's name without its ending, as the name of a lab.
fn stem(source: &Source) -> String {
    let stem = Path::new(&source.name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into());
    slug(if source.name == "-" { "stdin" } else { &stem })
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
