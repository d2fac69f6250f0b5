//! Headers of proxy protocol version 2 (NLB-36), as load balancers write and servers read them: who the client is, and in
//! a field of AWS's own, by which endpoint it came.
//!
//! ```text
//! 0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a                        every header begins so
//! 21 11 00 54                                                PROXY, TCP over IPv4, 84 bytes more
//! 0a 0a 01 09  0a 14 00 07  9c 40  00 50                     source, destination, their ports
//! 03 00 04 e8 d6 89 2d                                       CRC-32C of the whole header
//! ea 00 17 01 76 70 63 65 …                                  VPCE: 01, and the endpoint's id
//! 04 00 24 00 …                                              NOOP: zeros up to AWS's length
//! ```

use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
};
use tokio::io::{AsyncRead, AsyncReadExt};

/// With what every header begins.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The header of a health check, which names nobody.
pub(super) const LOCAL: [u8; 16] = *b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
/// Version 2: of somebody's connection; the load balancer's own.
const PROXY: u8 = 0x21;
const OWN: u8 = 0x20;
/// TCP over IPv4.
const TCP_4: u8 = 0x11;
/// Fields: a checksum, nothing, and AWS's own with the kind of value that is an endpoint's id.
const CRC_32C: u8 = 0x03;
const NOOP: u8 = 0x04;
const AWS: u8 = 0xea;
const VPC_ENDPOINT: u8 = 0x01;
/// How many bytes AWS's headers have after the first sixteen.
const LENGTH: usize = 84;
/// How many are read.
const LONGEST: usize = 2048;
/// Where the addresses end, and the checksum's value begins.
const ADDRESSES_END: usize = 28;
const CHECKSUM: usize = ADDRESSES_END + 3;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Header {
    /// The connection is the load balancer's own.
    Local,
    /// It is this client's.
    Client {
        /// Its address and port.
        source: SocketAddrV4,
        /// The endpoint by which it came.
        endpoint: Option<String>,
    },
}

/// The header of a client's connection.
pub(super) fn header(source: SocketAddrV4, destination: SocketAddrV4, endpoint: Option<&str>) -> Vec<u8> {
    let mut header = [&SIGNATURE[..], &[PROXY, TCP_4, 0, 0]].concat();
    header.extend(source.ip().octets());
    header.extend(destination.ip().octets());
    header.extend(source.port().to_be_bytes());
    header.extend(destination.port().to_be_bytes());
    field(&mut header, CRC_32C, &[0; 4]);
    if let Some(endpoint) = endpoint {
        field(&mut header, AWS, &[&[VPC_ENDPOINT], endpoint.as_bytes()].concat());
    }
    let rest = (SIGNATURE.len() + 4 + LENGTH).saturating_sub(header.len());
    if let Some(zeros) = rest.checked_sub(3) {
        field(&mut header, NOOP, &vec![0; zeros]);
    }
    let length = u16::try_from(header.len() - SIGNATURE.len() - 4).unwrap_or(u16::MAX);
    header[14..16].copy_from_slice(&length.to_be_bytes());
    let sum = crc_32c(&header);
    header[CHECKSUM..CHECKSUM + 4].copy_from_slice(&sum.to_be_bytes());
    header
}

fn field(header: &mut Vec<u8>, kind: u8, value: &[u8]) {
    header.push(kind);
    header.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    header.extend(value);
}

/// Reads a header, and nothing after it.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Header> {
    let broken = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut begin = [0; 16];
    stream.read_exact(&mut begin).await?;
    if begin[..12] != SIGNATURE {
        return Err(broken("no header of proxy protocol 2"));
    }
    let length = usize::from(u16::from_be_bytes([begin[14], begin[15]]));
    if length > LONGEST {
        return Err(broken("its header is too long"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (begin[12], begin[13]) {
        (OWN, _) => Ok(Header::Local),
        (PROXY, TCP_4) => client(&begin, &rest).ok_or_else(|| broken("its header is broken")),
        _ => Err(broken("its header is of another version or protocol")),
    }
}

/// What the header of a client's connection says; none if it contradicts itself.
fn client(begin: &[u8], rest: &[u8]) -> Option<Header> {
    let address: [u8; 4] = rest.get(..4)?.try_into().ok()?;
    let port: [u8; 2] = rest.get(8..10)?.try_into().ok()?;
    let source = SocketAddrV4::new(Ipv4Addr::from(address), u16::from_be_bytes(port));
    let mut whole = [begin, rest].concat();
    let (mut at, mut endpoint) = (ADDRESSES_END, None);
    while let Some([kind, high, low]) = whole.get(at..at + 3).and_then(|field| <[u8; 3]>::try_from(field).ok()) {
        let (value, end) = (at + 3, at + 3 + usize::from(u16::from_be_bytes([high, low])));
        let bytes = whole.get(value..end)?.to_vec();
        match (kind, bytes.as_slice()) {
            (CRC_32C, sum) => {
                let sum: [u8; 4] = sum.try_into().ok()?;
                whole[value..end].fill(0);
                if crc_32c(&whole) != u32::from_be_bytes(sum) {
                    return None;
                }
                whole[value..end].copy_from_slice(&sum);
            }
            (AWS, [VPC_ENDPOINT, id @ ..]) => endpoint = Some(String::from_utf8(id.to_vec()).ok()?),
            _ => {}
        }
        at = end;
    }
    (at == whole.len()).then_some(Header::Client { source, endpoint })
}

/// Castagnoli's CRC of 32 bits.
fn crc_32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 })
    });
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 10, 1, 9), 40_000);
    const DESTINATION: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 20, 0, 7), 80);
    const ENDPOINT: &str = "vpce-0a1b2c3d4e5f60718";

    fn reading(bytes: &[u8]) -> io::Result<Header> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { read(&mut &*bytes).await })
    }

    #[test]
    fn the_checksum_is_castagnoli_s() {
        assert_eq!(crc_32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn what_is_written_is_read_nlb_36() {
        for endpoint in [None, Some(ENDPOINT)] {
            let header = header(SOURCE, DESTINATION, endpoint);
            assert_eq!((&header[12..16], header.len()), (&[0x21, 0x11, 0, 84][..], 100));
            let read = reading(&[&header[..], b"GET / HTTP/1.1"].concat()).unwrap();
            assert_eq!(read, Header::Client { source: SOURCE, endpoint: endpoint.map(str::to_owned) });
        }
        assert_eq!(reading(&LOCAL).unwrap(), Header::Local);
    }

    #[test]
    fn an_endpoint_s_id_is_in_aws_s_field() {
        let header = header(SOURCE, DESTINATION, Some(ENDPOINT));
        let field = [&[0xea, 0, 23, 0x01][..], ENDPOINT.as_bytes()].concat();
        assert!(header.windows(field.len()).any(|window| window == field));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let mut broken = header(SOURCE, DESTINATION, Some(ENDPOINT));
        broken[17] ^= 1;
        assert!(reading(&broken).is_err(), "the checksum says so");
        assert!(reading(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
        assert!(reading(&LOCAL[..15]).is_err());
        assert!(reading(&[&SIGNATURE[..], &[0x21, 0x11, 0xff, 0xff]].concat()).is_err());
        assert!(reading(&[&SIGNATURE[..], &[0x21, 0x11, 0, 4, 1, 2, 3, 4]].concat()).is_err());
    }
}
