//! Images (AMIs) that were made of a lab's instances with `vpcns create-image`. What an image holds lies in the lab's
//! directory; here stands what it is called.

use super::{Id, Name};
use serde::{Deserialize, Serialize};

/// An image; its key in the topology is its name, by which files and commands call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// `ami-…`.
    pub id: Id,
    /// The instance of which it was made, by its id; that may be gone.
    pub source_instance: Id,
    /// When, in ISO 8601.
    pub created: String,
    /// The image from which that instance had been launched: what this one does not hold itself lies there.
    pub base: Option<Name>,
}
