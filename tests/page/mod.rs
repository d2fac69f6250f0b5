//! Pages of the documentation whose tables are the code's own.

use std::{fs, path::Path};

/// Holds the tables between `<!-- NAME -->` and `<!-- end -->` of a page to the code's; `UPDATE_GOLDEN=1` renews them.
pub(crate) fn assert_tables(page: &str, tables: impl IntoIterator<Item = (&'static str, String)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let page = fs::read_to_string(&path).expect("the page is there");
    let mut renewed = page.clone();
    for (name, table) in tables {
        let begin = format!("<!-- {name} -->\n");
        let start = renewed.find(&begin).unwrap_or_else(|| panic!("the page lacks {begin}")) + begin.len();
        let length = renewed[start..].find("<!-- end -->").expect("each table has an end");
        renewed.replace_range(start..start + length, &table);
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, renewed).expect("the page can be written");
    } else {
        assert_eq!(page, renewed, "renew with UPDATE_GOLDEN=1");
    }
}
