//! What a listener translates: TCP, UDP, or each of both.

use crate::{model::Listener, spec::nft::Field};

/// A protocol with ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::compile) enum Transport {
    Tcp,
    Udp,
}

impl Transport {
    /// What a listener has.
    pub(in crate::compile) fn of(listener: &Listener) -> impl Iterator<Item = Self> {
        let tcp = listener.protocol.has_tcp().then_some(Self::Tcp);
        let udp = listener.protocol.has_udp().then_some(Self::Udp);
        tcp.into_iter().chain(udp)
    }

    /// Its number in IP's header.
    pub(in crate::compile) fn number(self) -> u32 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }

    /// nft's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// What tells its chains from others.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Tcp => "",
            Self::Udp => "udp_",
        }
    }

    /// What decides to which target a flow goes (NLB-14).
    pub(super) fn flow(self) -> Vec<Field> {
        let mut fields = vec![Field::IpSaddr, Field::ThSport, Field::IpDaddr, Field::ThDport];
        fields.extend((self == Self::Tcp).then_some(Field::TcpSequence));
        fields
    }
}
