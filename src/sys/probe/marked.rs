//! One packet that is known again wherever it comes by: the first of a TCP connection, with a sequence number of ours,
//! or an echo request. Nobody waits for the answer here; the kernel ends a connection that is accepted with a reset.

use crate::sys::{netns::Netns, nft::Mark};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
};

/// TCP's SYN, alone.
const SYN: u8 = 2;

/// Sends the packet with this mark; the port is that of a TCP connection.
pub fn marked(netns: &Netns, to: Ipv4Addr, port: u16, mark: Mark) -> io::Result<()> {
    netns.enter(|| match mark {
        Mark::Tcp(sequence) => first_of_tcp(SocketAddrV4::new(to, port), sequence),
        Mark::Echo(id, sequence) => {
            let mut request = [&[8, 0, 0, 0][..], &id.to_be_bytes(), &sequence.to_be_bytes()].concat();
            let sum = checksum(&request);
            request[2..4].copy_from_slice(&sum.to_be_bytes());
            send(Protocol::ICMPV4, to, &request)
        }
    })?
}

fn first_of_tcp(to: SocketAddrV4, sequence: u32) -> io::Result<()> {
    // The kernel chooses address and port as for any connection, and keeps the port while this socket is there.
    let chooses = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    chooses.connect(&SocketAddr::from(to).into())?;
    let address = chooses.local_addr()?.as_socket_ipv4().map_or(Ipv4Addr::UNSPECIFIED, |local| *local.ip());
    let keeps = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    keeps.bind(&SocketAddr::from((address, 0)).into())?;
    let port = keeps.local_addr()?.as_socket_ipv4().map_or(0, |local| local.port());
    let mut header = [port.to_be_bytes(), to.port().to_be_bytes()].concat();
    header.extend(sequence.to_be_bytes());
    header.extend([0, 0, 0, 0, 5 << 4, SYN, 0xff, 0xff, 0, 0, 0, 0]);
    let pseudo = [&address.octets()[..], &to.ip().octets(), &[0, 6, 0, 20], &header].concat();
    let sum = checksum(&pseudo);
    header[16..18].copy_from_slice(&sum.to_be_bytes());
    send(Protocol::TCP, *to.ip(), &header)
}

fn send(protocol: Protocol, to: Ipv4Addr, bytes: &[u8]) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(protocol))?;
    socket.send_to(bytes, &SocketAddr::from((to, 0)).into()).map(|_| ())
}

/// The internet's checksum (RFC 1071) of an even number of bytes.
fn checksum(bytes: &[u8]) -> u16 {
    let sum: u32 = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).expect("folded twice, it has 16 bits")
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn what_has_its_checksum_sums_up_to_nothing() {
        let mut bytes = vec![8, 0, 0, 0, 0xff, 0xfe, 0xff, 0xff];
        let sum = checksum(&bytes);
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(checksum(&bytes), 0);
        assert_eq!(checksum(&[0xff; 40]), 0);
    }
}
