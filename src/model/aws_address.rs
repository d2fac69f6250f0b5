//! The public side of AWS's services: their networks in each region, their addresses, names and prefix lists
//! (GEN-05, GEN-06, GWE-03). The same in every lab, as they are not a customer's.
//!
//! All networks lie in 52.92.0.0/14 and 52.216.0.0/14, from which no customer's address comes.

use super::{AwsService, Region, assign::Pool, id::number};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// Each region's S3 prefix list and network; where S3's lie is as AWS publishes it, the rest follows from the place.
const S3: &[(&str, &str, &str)] = &[
    ("us-east-1", "pl-63a5400a", "52.216.0.0/18"),
    ("ap-northeast-2", "pl-78a54011", "52.219.56.0/22"),
    ("us-east-2", "pl-7ba54012", "52.219.80.0/20"),
    ("us-west-1", "pl-6ba54002", "52.219.112.0/21"),
    ("us-west-2", "pl-68a54001", "52.218.128.0/18"),
    ("ca-central-1", "pl-7da54014", "52.95.146.0/23"),
    ("sa-east-1", "pl-6aa54003", "52.95.164.0/23"),
    ("eu-west-1", "pl-6da54004", "52.218.0.0/18"),
    ("eu-west-2", "pl-7ca54015", "52.95.148.0/23"),
    ("eu-west-3", "pl-23ad484a", "52.95.154.0/23"),
    ("eu-central-1", "pl-6ea54007", "52.219.44.0/22"),
    ("eu-north-1", "pl-c3aa4faa", "52.95.169.0/24"),
    ("ap-south-1", "pl-78a54011", "52.219.62.0/23"),
    ("ap-northeast-1", "pl-61a54008", "52.219.0.0/20"),
    ("ap-northeast-3", "pl-a4a540cd", "52.95.157.0/24"),
    ("ap-southeast-1", "pl-6fa54006", "52.219.36.0/22"),
    ("ap-southeast-2", "pl-6ca54005", "52.95.128.0/21"),
];

/// Names without a region, and the service and region that they lead to.
const GLOBAL: [(&str, &str); 3] =
    [("s3.amazonaws.com", "s3"), ("*.s3.amazonaws.com", "s3"), ("sts.amazonaws.com", "sts")];

/// The region behind the names without one.
const GLOBAL_REGION: &str = "us-east-1";

/// The services whose names of other regions than the lab's exist too (GWE-06).
const EVERYWHERE: [&str; 2] = ["s3", "dynamodb"];

/// The public side of a service in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicService {
    /// The service.
    pub service: AwsService,
    /// Where.
    pub region: Region,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its names; `*.` stands for all below.
    pub names: Vec<String>,
    /// The name of its address, if it has one (NAME-10).
    pub pointer: Option<String>,
}

/// A prefix list that AWS manages: a service's public networks in a region (GWE-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// `pl-…`.
    pub id: String,
    /// `com.amazonaws.REGION.SERVICE`.
    pub name: String,
    /// Its networks.
    pub cidrs: Vec<Ipv4Net>,
}

/// The id of `CloudFront`'s prefix list in each region.
const CLOUDFRONT: &[(&str, &str)] = &[
    ("us-east-1", "pl-3b927c52"),
    ("us-east-2", "pl-b6a144df"),
    ("us-west-1", "pl-4ea04527"),
    ("us-west-2", "pl-82a045eb"),
    ("ca-central-1", "pl-38a64351"),
    ("sa-east-1", "pl-5da64334"),
    ("eu-west-1", "pl-4fa04526"),
    ("eu-west-2", "pl-93a247fa"),
    ("eu-west-3", "pl-75b1541c"),
    ("eu-central-1", "pl-a3a144ca"),
    ("eu-north-1", "pl-fab65393"),
    ("ap-south-1", "pl-9aa247f3"),
    ("ap-northeast-1", "pl-58a04531"),
    ("ap-northeast-2", "pl-22a6434b"),
    ("ap-northeast-3", "pl-31a14458"),
    ("ap-southeast-1", "pl-31a34658"),
    ("ap-southeast-2", "pl-b8a742d1"),
];

/// The large networks from which `CloudFront` asks its origins. Nobody in a lab has an address of them.
const CLOUDFRONT_NETWORKS: [&str; 5] =
    ["15.158.0.0/16", "64.252.64.0/18", "64.252.128.0/18", "70.132.0.0/18", "130.176.0.0/16"];

/// As how many rules or routes `CloudFront`'s prefix list counts.
pub const CLOUDFRONT_WEIGHT: usize = 55;

/// The prefix list of the addresses from which `CloudFront` asks its origins.
pub fn cloudfront(region: &Region) -> PrefixList {
    let id = CLOUDFRONT.iter().find(|(name, _)| *name == region.as_str()).expect("every region has a row").1;
    PrefixList {
        id: id.to_owned(),
        name: "com.amazonaws.global.cloudfront.origin-facing".to_owned(),
        cidrs: CLOUDFRONT_NETWORKS.map(|net| net.parse().expect("the table has CIDRs")).into(),
    }
}

/// The networks in which all services' public addresses lie.
pub fn networks() -> [Ipv4Net; 2] {
    [[52, 92, 0, 0], [52, 216, 0, 0]].map(|base| Ipv4Net::new(base.into(), 14).expect("14 is at most 32"))
}

/// All services that the internet of a lab in these regions knows: all of the regions, and of the others those whose
/// data a route may lead to by mistake.
pub fn public_services(own: &BTreeSet<&Region>) -> Vec<PublicService> {
    let regions = Region::names().filter_map(Region::parse);
    let known = |region: &Region, service: &AwsService| {
        let global = region.as_str() == GLOBAL_REGION && GLOBAL.iter().any(|(_, name)| *name == service.as_str());
        own.contains(region) || global || EVERYWHERE.contains(&service.as_str())
    };
    regions
        .flat_map(|region| {
            let addresses = addresses(&region);
            addresses.into_iter().filter_map(move |(service, address)| {
                known(&region, &service).then(|| of(own, &region, service, address))
            })
        })
        .chain(own.iter().map(|region| mirror_of(region)))
        .collect()
}

/// The address of the bucket with Amazon Linux's packages: the last one of the region's S3.
pub fn package_mirror(region: &Region) -> Ipv4Addr {
    let last = u32::from(network(region, &s3()).broadcast()) - 1;
    Ipv4Addr::from(last)
}

fn mirror_of(region: &Region) -> PublicService {
    let names = vec![format!("amazonlinux-2-repos-{region}.s3.dualstack.{region}.amazonaws.com")];
    let address = package_mirror(region);
    PublicService { service: s3(), region: region.clone(), address, names, pointer: None }
}

fn s3() -> AwsService {
    AwsService::all().find(|service| service.as_str() == "s3").expect("S3 is a service")
}

fn of(own: &BTreeSet<&Region>, region: &Region, service: AwsService, address: Ipv4Addr) -> PublicService {
    let mut names = service.names(region);
    let is_s3 = service.as_str() == "s3";
    let pointer = names.first().filter(|_| is_s3).cloned();
    if is_s3 && own.contains(region) {
        for name in [format!("s3.dualstack.{region}.amazonaws.com"), format!("s3-{region}.amazonaws.com")] {
            names.extend([format!("*.{name}"), name]);
        }
    } else if is_s3 {
        names.truncate(2); // itself and its buckets
    }
    if region.as_str() == GLOBAL_REGION {
        names.extend(GLOBAL.iter().filter(|(_, of)| *of == service.as_str()).map(|(name, _)| (*name).to_owned()));
        // A name of another region's service is known only if it has none of its own.
        if !own.contains(region) && !EVERYWHERE.contains(&service.as_str()) {
            names.retain(|name| GLOBAL.iter().any(|(global, _)| global == name));
        }
    }
    PublicService { service, region: region.clone(), address, names, pointer }
}

/// The prefix lists of a region, by service: of those that gateway endpoints lead to.
pub fn prefix_lists(region: &Region) -> BTreeMap<AwsService, PrefixList> {
    let services = AwsService::all().filter(AwsService::has_gateway);
    services.map(|service| (service.clone(), prefix_list(region, &service))).collect()
}

/// The prefix list of a service.
pub fn prefix_list(region: &Region, service: &AwsService) -> PrefixList {
    let id = if service.as_str() == "s3" {
        row(region).1.1.to_owned()
    } else {
        format!("pl-{:08x}", number(region.as_str(), "prefix list", service.as_str()) >> 32)
    };
    PrefixList { id, name: service.service_name(region), cidrs: vec![network(region, service)] }
}

/// The address of each service in a region: by a hash in its network, no two the same.
fn addresses(region: &Region) -> BTreeMap<AwsService, Ipv4Addr> {
    let mut pools: BTreeMap<Ipv4Net, Pool> = BTreeMap::new();
    let address = |service: AwsService| {
        let net = network(region, &service);
        let size = 1 << (32 - u32::from(net.prefix_len()));
        // the last one is the mirror's, in S3
        let pool = pools.entry(net).or_insert_with(|| Pool::new(size - 3));
        let place = pool.choose(number(region.as_str(), "service", service.as_str()));
        let place = place.expect("a network has more addresses than there are services");
        (service, Ipv4Addr::from(u32::from(net.network()) + 1 + place))
    };
    AwsService::all().map(address).collect()
}

/// The network in which a service's address lies.
fn network(region: &Region, service: &AwsService) -> Ipv4Net {
    let (place, (_, _, s3)) = row(region);
    match service.as_str() {
        "s3" => s3.parse().expect("the table has CIDRs"),
        "dynamodb" => Ipv4Net::new([52, 94, place, 0].into(), 24).expect("24 is at most 32"),
        _ => Ipv4Net::new([52, 95, 192 + place, 0].into(), 24).expect("24 is at most 32"),
    }
}

fn row(region: &Region) -> (u8, &'static (&'static str, &'static str, &'static str)) {
    (0..).zip(S3).find(|(_, (name, ..))| *name == region.as_str()).expect("every region has a row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_of_every_region_has_an_address_of_its_own_inside_aws_s_networks() {
        let mut seen = BTreeSet::new();
        for region in Region::names().filter_map(Region::parse) {
            for (service, address) in addresses(&region) {
                assert!(networks().iter().any(|net| net.contains(&address)), "{service} {address}");
                assert!(seen.insert(address), "{service} of {region} has another one's address");
            }
            let pools = region.public_pools();
            for pool in [pools.instances, pools.elastic, pools.load_balancers] {
                assert!(networks().iter().all(|net| !net.contains(&pool)), "{pool} of {region} is not for customers");
            }
        }
    }

    #[test]
    fn nobody_in_a_lab_has_an_address_of_cloudfront() {
        for region in Region::names().filter_map(Region::parse) {
            let pools = region.public_pools();
            for pool in [pools.instances, pools.elastic, pools.load_balancers].into_iter().chain(networks()) {
                let overlaps = |net: &Ipv4Net| net.contains(&pool) || pool.contains(net);
                assert!(!cloudfront(&region).cidrs.iter().any(overlaps), "{pool} of {region}");
            }
        }
    }

    #[test]
    fn other_regions_lie_outside_of_the_prefix_list_gwe_06() {
        let own = Region::default();
        let lists = prefix_lists(&own);
        for public in
            public_services(&BTreeSet::from([&own])).into_iter().filter(|public| lists.contains_key(&public.service))
        {
            let inside = lists[&public.service].cidrs.iter().any(|net| net.contains(&public.address));
            assert_eq!(inside, public.region == own, "{} of {}", public.service, public.region);
        }
    }

    #[test]
    fn every_name_leads_to_one_address() {
        let mut seen = BTreeSet::new();
        for own in ["ap-northeast-2", "us-east-1"].into_iter().filter_map(Region::parse) {
            let names = public_services(&BTreeSet::from([&own])).into_iter().flat_map(|public| public.names);
            assert!(names.map(|name| (own.clone(), name)).all(|name| seen.insert(name)));
        }
    }
}
