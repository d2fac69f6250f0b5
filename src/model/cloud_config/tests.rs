//! What becomes of cloud-configs, without an instance.

use super::{Mistake, is_one, script};

#[test]
fn the_order_is_cloud_init_s_and_words_are_quoted() {
    let text = "#cloud-config\nruncmd:\n  - cd /tmp\n  - [echo, \"it's\", 5]\npackages: [httpd, 'a b']\nbootcmd: [first]\n\
                write_files:\n  - { path: /etc/x, content: \"a\\n\", permissions: '0600', owner: ec2-user }\n";
    let script = script(text).expect("it is right");
    let lines: Vec<_> = script.lines().collect();
    assert_eq!(lines[..3], ["#!/bin/sh", "failed=0", "/bin/sh -c 'first"]);
    let at = |what: &str| script.find(what).unwrap_or_else(|| panic!("{what} is not in\n{script}"));
    assert!(at("'first") < at("'YQo='") && at("'YQo='") < at("yum install -y 'httpd' 'a b'"));
    assert!(at("yum install") < at("/bin/sh -c 'cd /tmp\n"));
    assert!(script.contains("chmod 0600 '/etc/x' && chown 'ec2-user' '/etc/x'"), "{script}");
    assert!(script.ends_with("exit $failed\n"));
}

#[test]
fn every_other_key_is_refused_by_its_name() {
    let text = "#cloud-config\npackages: [httpd]\nntp: {}\nchpasswd: { list: x }\nwrite_files:\n  - { path: /x, source: y }\n\
                users: [{ name: a, passwd: x }]\n";
    let mistakes = script(text).expect_err("it is not all followed");
    let names: Vec<_> = mistakes
        .iter()
        .map(|mistake| match mistake {
            Mistake::Unmirrored(message) => message.split('`').nth(1).unwrap_or_default(),
            Mistake::Wrong(message) => panic!("{message}"),
        })
        .collect();
    assert_eq!(names, ["ntp", "chpasswd", "source", "passwd"]);
}

#[test]
fn what_is_wrong_is_said() {
    for text in [
        "#cloud-config\n- a\n",
        "#cloud-config\n{ a\n",
        "#cloud-config\nruncmd: ls\n",
        "#cloud-config\nruncmd: [{ a: b }]\n",
        "#cloud-config\npackages: httpd\n",
        "#cloud-config\npackages: [-x]\n",
        "#cloud-config\nwrite_files: [{ path: relative }]\n",
        "#cloud-config\nwrite_files: [{ path: /x, encoding: b64, content: '*' }]\n",
        "#cloud-config\nwrite_files: [{ path: /x, permissions: 420 }]\n",
        "#cloud-config\nusers: [{ name: '-x' }]\n",
        "#cloud-config\nhostname: 'a b'\n",
        "#cloud-config\npackage_update: maybe\n",
        "#cloud-config\n1: 2\n",
    ] {
        let mistakes = script(text).expect_err(text);
        assert!(mistakes.iter().all(|mistake| matches!(mistake, Mistake::Wrong(_))), "{text}{mistakes:?}");
    }
}

#[test]
fn only_the_first_line_says_what_it_is() {
    assert!(is_one("#cloud-config\n") && is_one("#cloud-config  \r\nruncmd: []"));
    assert!(!is_one("#cloud-config-archive\n") && !is_one("# cloud-config\n") && !is_one(""));
    assert_eq!(script("#cloud-config\n").as_deref(), Ok("#!/bin/sh\nfailed=0\nexit $failed\n"));
    assert!(script("#cloud-config\nwrite_files: [{ path: /x, permissions: 0644 }]\n").is_ok());
}
