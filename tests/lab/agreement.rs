//! Every topology: each pair and port that `matrix` judges, tried with a packet.

use super::world::World;
use std::{fs, path::Path};

#[test]
fn packets_do_what_the_model_says_in_every_topology() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let labs = files.filter(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    let mut labs: Vec<_> = labs.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    labs.sort();
    let mut wrong = Vec::new();
    for lab in labs {
        let world = World::up(&lab);
        let done = world.run("vpcns matrix --probe -o csv");
        if done.code != 0 || !done.stderr.contains("packets agree") {
            wrong.push(format!("{lab}: {}", done.stderr));
        }
        world.finish();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
