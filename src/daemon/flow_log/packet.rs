//! What a record needs of a packet's headers.

use std::net::Ipv4Addr;

const ICMP_HAS_NO_PORTS: (u16, u16) = (0, 0);
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Flags of TCP that records have (FL-09).
const FIN_SYN_RST: u8 = 0b111;
const SYN: u8 = 0b10;
const ACK: u8 = 0b1_0000;

/// Of a packet's headers what a record needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Headers {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    /// Source and destination; 0 where the protocol has none (FL-08).
    pub(super) ports: (u16, u16),
    pub(super) protocol: u8,
    /// FIN 1, SYN 2, RST 4, and SYN with ACK 18 (FL-09).
    pub(super) tcp_flags: u8,
    /// The packet's length with its headers.
    pub(super) length: u16,
}

/// Reads the beginning of a packet; none if it is not one of IPv4.
pub(super) fn read(bytes: &[u8]) -> Option<Headers> {
    let header = bytes.get(..20).filter(|header| header[0] >> 4 == 4)?;
    let number = |bytes: &[u8]| u16::from_be_bytes([bytes[0], bytes[1]]);
    let address = |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
    let (protocol, length) = (header[9], number(&header[2..4]));
    let transport = bytes.get(usize::from(header[0] & 0xf) * 4..).unwrap_or_default();
    let has_ports = matches!(protocol, TCP | UDP) && transport.len() >= 4;
    let ports = if has_ports { (number(&transport[..2]), number(&transport[2..4])) } else { ICMP_HAS_NO_PORTS };
    let flags = transport.get(13).copied().filter(|_| protocol == TCP).unwrap_or_default();
    let with_ack = if flags & SYN != 0 { flags & ACK } else { 0 };
    let tcp_flags = flags & FIN_SYN_RST | with_ack;
    Some(Headers { source: address(12), destination: address(16), ports, protocol, tcp_flags, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(protocol: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 60, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn tcp_flags_are_as_aws_has_them_fl_09() {
        let flags = |flags: u8| {
            let mut tcp = vec![0x1f, 0x90, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0];
            tcp[13] = flags;
            read(&ip(6, &tcp)).unwrap()
        };
        let syn = flags(0x02);
        assert_eq!((syn.ports, syn.tcp_flags, syn.length), ((8080, 80), 2, 60));
        assert_eq!((flags(0x12).tcp_flags, flags(0x10).tcp_flags, flags(0x18).tcp_flags), (18, 0, 0));
        assert_eq!((flags(0x11).tcp_flags, flags(0x14).tcp_flags), (1, 4));
    }

    #[test]
    fn icmp_has_no_ports_and_short_packets_break_nothing_fl_08() {
        let echo = read(&ip(1, &[8, 0, 1, 2, 3, 4])).unwrap();
        assert_eq!((echo.protocol, echo.ports, echo.tcp_flags), (1, (0, 0), 0));
        for length in 0..24 {
            let _ = read(&ip(6, &[1, 2, 3, 4])[..length]);
        }
        assert_eq!(read(&[0x60; 40]), None);
    }
}
