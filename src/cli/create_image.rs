//! `vpcns create-image`: what an instance has written, and which of its services are enabled, as an image of the lab.
//!
//! The instance goes on as it was; what it writes meanwhile may or may not be in the image. The image lives until `down`,
//! also when the instance is gone.

use super::{
    exit::{Exit, Failure},
    lab, print,
};
use crate::{
    compile,
    describe::{self, Kind},
    model::{Id, Image, Name, Topology},
    sys::{self, view},
};
use clap::Args;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns create-image web web-v1    then `image: web-v1` in the file launches instances from it
  vpcns show images";

/// Create an image (AMI) of an instance
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// The instance: logical name, Name tag, id, address, or the beginning of one
    #[arg(value_name = "INSTANCE")]
    instance: String,

    /// The image's name: 3 to 128 letters, digits and `.-_`
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    sys::privilege::check()?;
    check_name(&arguments.name)?;
    let lab = arguments.choice.lab()?;
    let _lock = lab::lock(&lab)?;
    let mut record = lab::record(&lab)?;
    let topology = &mut record.topology;
    let found = describe::find(topology, &[Kind::Instances], &arguments.instance)
        .map_err(|error| super::show::not_found(&error))?;
    let name = Name::new(arguments.name.as_str());
    if let Some(image) = topology.images.get(&name) {
        let message = format!("AMI name {name} is already in use by AMI {} (InvalidAMIName.Duplicate)", image.id);
        return Err(Failure::Wrong(format!("{message}\nhint: images live until `down`; choose another name")));
    }
    let instance = &topology.instances[&found.name];
    let image = image(topology, &name, &instance.id, instance.image.clone());
    view::create_image(&lab, &compile::machine(topology, &found.name), name.as_str())?;
    let id = image.id.clone();
    topology.images.insert(name.clone(), image);
    lab.write_record(&record)?;
    print::data(format_args!("{id}"))?;
    print::talk(format_args!("image `{name}` of instance `{}` is available", found.name));
    print::hint(format_args!("`image: {name}` in the file launches an instance from it; it lives until `down`"));
    Ok(Exit::Right)
}

fn image(topology: &Topology, name: &Name, source: &Id, base: Option<Name>) -> Image {
    let created = OffsetDateTime::now_utc().replace_nanosecond(0).ok().and_then(|now| now.format(&Rfc3339).ok());
    Image {
        id: Id::derive(&topology.lab, "ami", &format!("image/{name}")),
        source_instance: source.clone(),
        created: created.unwrap_or_default(),
        base,
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if (3..=128).contains(&name.len()) && begins && name.chars().all(fits) && !name.starts_with("ami-") {
        return Ok(());
    }
    let hint = "it has 3 to 128 letters, digits and `.-_`, begins with a letter or a digit, and not with `ami-`";
    Err(Failure::Wrong(format!("`{name}` cannot be the name of an image (InvalidAMIName.Malformed)\nhint: {hint}")))
}
