//! The types of AWS's console for a security group's rule, and the traffic they stand for.

/// What a type stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Traffic {
    /// Protocol, first port and last port, each.
    Fixed(&'static [(&'static str, i64, i64)]),
    /// A protocol; the rule says which ports, or which ICMP messages.
    Custom(&'static str),
    /// The rule says which protocol.
    CustomProtocol,
}

/// The types, spelt as in the console, and a few spellings of older consoles and of the documents.
const TYPES: &[(&str, Traffic)] = &[
    ("All traffic", Traffic::Custom("-1")),
    ("Any traffic", Traffic::Custom("-1")),
    ("All TCP", Traffic::Fixed(&[("tcp", 0, 65535)])),
    ("All UDP", Traffic::Fixed(&[("udp", 0, 65535)])),
    ("All ICMP", Traffic::Fixed(&[("icmp", -1, -1)])),
    ("All ICMP - IPv4", Traffic::Fixed(&[("icmp", -1, -1)])),
    ("ICMP", Traffic::Custom("icmp")),
    ("Custom ICMP", Traffic::Custom("icmp")),
    ("Custom ICMP - IPv4", Traffic::Custom("icmp")),
    ("Custom TCP", Traffic::Custom("tcp")),
    ("Custom TCP Rule", Traffic::Custom("tcp")),
    ("Custom UDP", Traffic::Custom("udp")),
    ("Custom UDP Rule", Traffic::Custom("udp")),
    ("Custom Protocol", Traffic::CustomProtocol),
    ("SSH", Traffic::Fixed(&[("tcp", 22, 22)])),
    ("SMTP", Traffic::Fixed(&[("tcp", 25, 25)])),
    ("DNS", Traffic::Fixed(&[("udp", 53, 53), ("tcp", 53, 53)])),
    ("DNS (UDP)", Traffic::Fixed(&[("udp", 53, 53)])),
    ("DNS (TCP)", Traffic::Fixed(&[("tcp", 53, 53)])),
    ("HTTP", Traffic::Fixed(&[("tcp", 80, 80)])),
    ("POP3", Traffic::Fixed(&[("tcp", 110, 110)])),
    ("IMAP", Traffic::Fixed(&[("tcp", 143, 143)])),
    ("LDAP", Traffic::Fixed(&[("tcp", 389, 389)])),
    ("HTTPS", Traffic::Fixed(&[("tcp", 443, 443)])),
    ("SMB", Traffic::Fixed(&[("tcp", 445, 445)])),
    ("SMTPS", Traffic::Fixed(&[("tcp", 465, 465)])),
    ("IMAPS", Traffic::Fixed(&[("tcp", 993, 993)])),
    ("POP3S", Traffic::Fixed(&[("tcp", 995, 995)])),
    ("MSSQL", Traffic::Fixed(&[("tcp", 1433, 1433)])),
    ("Oracle-RDS", Traffic::Fixed(&[("tcp", 1521, 1521)])),
    ("NFS", Traffic::Fixed(&[("tcp", 2049, 2049)])),
    ("MYSQL/Aurora", Traffic::Fixed(&[("tcp", 3306, 3306)])),
    ("RDP", Traffic::Fixed(&[("tcp", 3389, 3389)])),
    ("Redshift", Traffic::Fixed(&[("tcp", 5439, 5439)])),
    ("PostgreSQL", Traffic::Fixed(&[("tcp", 5432, 5432)])),
    ("WinRM-HTTP", Traffic::Fixed(&[("tcp", 5985, 5985)])),
    ("WinRM-HTTPS", Traffic::Fixed(&[("tcp", 5986, 5986)])),
];

/// The traffic of a type, in whatever case it is written.
pub(super) fn find(name: &str) -> Option<Traffic> {
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, traffic)| *traffic)
}

/// All types.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}
