//! The only module that changes the machine: network namespaces, netlink, nftables, sysctls, processes, files.
//!
//! Each file wraps one mechanism of the kernel and knows nothing of AWS, of labs as a whole, or of order;
//! `apply` decides what is done when. Everything blocks; nothing here is async.

pub mod authority;
pub mod capture;
pub mod command;
pub mod conntrack;
mod directory;
pub mod doctor;
pub mod etc;
pub mod exec;
pub mod limits;
pub mod netlink;
pub mod netns;
mod nfnetlink;
pub mod nft;
pub mod own_machine;
pub mod packet_log;
pub mod pid_file;
pub mod places;
pub mod privilege;
pub mod probe;
pub mod process;
pub mod secret;
pub mod ssh_key;
pub mod state;
pub mod sysctl;
pub mod trust;
pub mod view;
