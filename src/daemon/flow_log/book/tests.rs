use super::*;
use crate::spec::flow_log::{Field, FlowDirection, LoggedInterface, Traffic};
use std::fs;

const ENI: &str = "eni-00a1b2c3d4e5f6071";

fn tap(format: Vec<Field>, traffic: Traffic) -> (FlowLog, FlowTap) {
    let interface = LoggedInterface {
        account: "111122223333".into(),
        vpc: "vpc-1".into(),
        subnet: "subnet-1".into(),
        instance: Some("i-1".into()),
        region: "ap-northeast-2".into(),
        az_id: "apne2-az1".into(),
        private_ip: [10, 0, 0, 10].into(),
        public_ip: Some([43, 201, 1, 1].into()),
        paths: vec![("10.0.0.0/16".parse().unwrap(), 1), ("0.0.0.0/0".parse().unwrap(), 8)],
    };
    let log = FlowLog { traffic, format, interval: 60, interfaces: [ENI.to_owned()].into() };
    let tap = FlowTap {
        interfaces: [(ENI.to_owned(), interface)].into(),
        logs: [("log".to_owned(), log.clone())].into(),
        services: vec![("52.219.56.0/22".parse().unwrap(), "S3".into())],
    };
    (log, tap)
}

fn headers(source: [u8; 4], destination: [u8; 4], flags: u8) -> Headers {
    Headers {
        source: source.into(),
        destination: destination.into(),
        ports: (40000, 80),
        protocol: 6,
        tcp_flags: flags,
        length: 60,
    }
}

fn seen(direction: FlowDirection, accepted: bool) -> Seen {
    Seen { interface: ENI.into(), direction, accepted }
}

/// The lines of a window in which these packets came.
fn written(format: Vec<Field>, traffic: Traffic, packets: &[(Seen, Headers)], lost: bool) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flow-logs/log.log");
    let (log, tap) = tap(format, traffic);
    let mut book = Book::open(path.clone(), &log);
    book.follow(&log, &tap);
    for (seen, headers) in packets {
        book.add(seen, headers);
    }
    if lost {
        book.lost();
    }
    book.end();
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_flow_is_a_line_with_what_all_its_packets_had_fl_01_fl_09() {
    let out = |flags| (seen(FlowDirection::Egress, true), headers([10, 0, 0, 10], [52, 219, 56, 9], flags));
    let fields = "interface-id srcaddr dstaddr srcport dstport packets bytes action log-status tcp-flags flow-direction \
                  traffic-path pkt-src-aws-service pkt-dst-aws-service instance-id az-id type sublocation-id version";
    let format: Vec<_> = fields.split(' ').map(|name| Field::parse(name).unwrap()).collect();
    let lines = written(format, Traffic::All, &[out(2), out(0), out(1)], false);
    let expected =
        format!("{ENI} 10.0.0.10 52.219.56.9 40000 80 3 180 ACCEPT OK 3 egress 8 - S3 i-1 apne2-az1 IPv4 - 5");
    assert_eq!(lines, [expected]);
}

#[tokio::test]
async fn records_have_the_interface_s_private_address_and_the_packet_s_own_beside_it_fl_06() {
    let fields = ["srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"].map(|name| Field::parse(name).unwrap());
    let from_internet = (seen(FlowDirection::Ingress, true), headers([203, 0, 113, 10], [43, 201, 1, 1], 2));
    let passing_on = (seen(FlowDirection::Egress, true), headers([10, 0, 9, 9], [10, 0, 1, 1], 2));
    let lines = written(fields.to_vec(), Traffic::All, &[from_internet, passing_on], false);
    assert_eq!(lines, ["203.0.113.10 10.0.0.10 203.0.113.10 10.0.0.10", "10.0.0.10 10.0.1.1 10.0.9.9 10.0.1.1"]);
}

#[tokio::test]
async fn what_was_not_seen_or_not_counted_is_said_fl_03() {
    let passed = (seen(FlowDirection::Ingress, true), headers([10, 0, 1, 1], [10, 0, 0, 10], 2));
    let ends = |lines: Vec<String>| lines.iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
    let nothing: Vec<_> = written(Field::default_format(), Traffic::Reject, std::slice::from_ref(&passed), false);
    let words: Vec<_> = nothing[0].split(' ').collect();
    assert_eq!(
        (&words[..10], &words[12..]),
        (&["2", "111122223333", ENI, "-", "-", "-", "-", "-", "-", "-"][..], &["-", "NODATA"][..])
    );
    let lost: Vec<String> = ends(written(Field::default_format(), Traffic::All, &[passed], true));
    assert_eq!(lost, ["OK", "SKIPDATA"]);
}
