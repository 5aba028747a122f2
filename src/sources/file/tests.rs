//! Does a file of any usual shape become the posts that are in it?

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::*;
use crate::model::Kind;

/// All that a file gave.
struct Out {
    posts: Vec<Post>,
    /// Line and reason.
    rejects: Vec<(u64, String)>,
    error: Option<FileError>,
    plan: Plan,
    undated: u64,
}

fn try_read(bytes: impl Into<Vec<u8>>, name: &str, options: &Options) -> Result<Out, FileError> {
    let mut reader = open(Box::new(Cursor::new(bytes.into())), name, options)?;
    let (mut posts, mut rejects, mut error) = (Vec::new(), Vec::new(), None);
    for row in reader.by_ref() {
        match row {
            Ok(Row { result: Ok(post), .. }) => posts.push(*post),
            Ok(Row { line, result: Err(reason) }) => rejects.push((line, reason)),
            Err(failure) => error = Some(failure),
        }
    }
    assert!(reader.next().is_none());
    let undated = reader.undated_cells();
    Ok(Out { posts, rejects, error, plan: reader.plan().clone(), undated })
}

fn read(bytes: impl Into<Vec<u8>>) -> Out {
    try_read(bytes, "test.csv", &Options::default()).unwrap()
}

/// The texts of the posts, joined by `|`, then a line for each reject.
fn check(file: &str, expect: &str) {
    assert_eq!(shown(&read(file)), expect, "{file:?}");
}

fn shown(out: &Out) -> String {
    let texts: Vec<_> = out.posts.iter().map(|post| post.text.as_str()).collect();
    let mut shown = texts.join("|");
    for (line, reason) in &out.rejects {
        write!(shown, "\n{line}: {reason}").unwrap();
    }
    if let Some(error) = &out.error {
        write!(shown, "\n{error}").unwrap();
    }
    shown
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn delimiters_line_ends_and_quotes_are_told() {
    for delimiter in [",", "\t", ";", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let file = format!("id,text,lang{end}1,a b,en{end}2,\"c, \"\"d\"\"{end}e\",en{end}")
                .replace(',', delimiter);
            let text = format!("a b|c{delimiter} \"d\"\ne");
            check(&file, &text);
        }
    }
    check("id,text\n1,a\r\rb\n2,c\n", "a\n\nb|c");
    check("\n\nid,text\n\n1,a\n\n", "a");
    check("sep=;\nid;text\n1;a,b,c\n", "a,b,c");
    check("# made, by, hand\nid\ttext\tlang\n1\ta\ten\n2\tb\ten\n", "a|b");
    check("text\nfirst, and so on\nsecond; too\n", "first, and so on|second; too");
    check("id,text\n1,\"so\" he said\n2,b", "\"so\" he said|b");
    check("id,text,\n1,a,\n2,b,,,\n", "a|b");
    check("id,text\n", "");
}

#[test]
fn a_broken_row_costs_itself() {
    check(
        "id,text,lang\n1,a,en\n2,b\n3,c,en,x\n4,d,en\n",
        "a|d\n3: the row has 2 of 3 columns\n4: the row has 4 columns where the header has 3",
    );
    check(
        "id,text,lang\n1,\"a,en\n2,b,en\n3,\"c\",en\n4,d,en\n",
        "b|c|d\n2: a quote is closed in the middle of a cell",
    );
    check("id,text,lang\n1,\"a,en\n2,b,en\n3,c,en\n", "b|c\n2: a quote is not closed");
    check("id,text,lang\n1,a,en\n2,\"b\nand so on\nuntil", "a\n3: the file ends inside this row");
    check("id,text,lang\n1,a,en\n2,b", "a\n3: the file ends inside this row");
    check("id,text,lang\n1,a,en\nid,text,lang\n2,b,en\n", "a|b\n3: the header again");
    check("id,text,lang\n,,\n1,a,en\n", "a\n2: the row has no id, no text and no attribute");
}

#[test]
fn an_open_quote_does_not_swallow_a_long_file() {
    let mut file = String::from("id,text,lang\n1,\"open,en\n");
    for row in 0..60_000 {
        writeln!(file, "{row},some words to fill a row with,en").unwrap();
    }
    let out = read(file);
    assert_eq!((out.posts.len(), out.rejects), (60_000, vec![(2, "a quote is not closed".to_owned())]));
}

#[test]
fn a_file_of_stray_quotes_takes_no_time_by_the_square() {
    let cases = [
        ("id,text", "a\"b,\"\n"),
        ("id,text", "a\",\"b\n"),
        ("text", "\"\"\"\n"),
        ("[{\"text\":\"a\"},", "{\"a\n"),
    ];
    for (header, line) in cases {
        let start = std::time::Instant::now();
        let out = read(format!("{header}\n{}", line.repeat(100_000)));
        assert!(out.rejects.len() + out.posts.len() > 400, "{line:?}");
        // A debug build on a busy machine takes a few seconds; by the square it is many minutes.
        assert!(start.elapsed().as_secs() < 60, "{line:?}: {:?}", start.elapsed());
    }
}

#[test]
fn a_reader_can_move_to_another_thread() {
    fn check<T: Send>() {}
    check::<FileReader>();
}

#[test]
fn a_record_beyond_the_cap_is_one_reject() {
    let long = "x".repeat(3 << 20);
    let out = read(format!("id,text\n1,a\n2,{long}\n3,b\n"));
    assert!(out.posts.iter().any(|post| post.text == "b"));
    let out = try_read(
        format!("{{\"id\":1,\"text\":\"a\"}}\n{{\"text\":\"{long}\"}}\n{{\"id\":2,\"text\":\"b\"}}\n"),
        "x",
        &Options::default(),
    )
    .unwrap();
    assert_eq!(shown(&out), "a|b\n2: the line is longer than 1 MiB");
}

#[test]
fn encodings_are_told() {
    let text = "id,text\n1,één € ok\n2,zwölf 😀\n";
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        ([&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(), "UTF-8"),
        ([vec![0xFF, 0xFE], utf16(text, true)].concat(), "UTF-16LE"),
        ([vec![0xFE, 0xFF], utf16(text, false)].concat(), "UTF-16BE"),
        (utf16(text, true), "UTF-16LE"),
        (utf16(text, false), "UTF-16BE"),
    ] {
        for packed in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
            let out = read(packed);
            assert_eq!((shown(&out).as_str(), out.plan.encoding), ("één € ok|zwölf 😀", encoding));
        }
    }
    let out = read(b"id,text\n1,\xE9\xE9n \x80 ok\n".to_vec());
    assert_eq!((shown(&out).as_str(), out.plan.encoding), ("één € ok", "windows-1252"));
    let mut damaged = "id,text\n".to_owned().into_bytes();
    damaged.extend("1,één twee één\n2,één twee één\n".bytes());
    damaged.extend(b"3,dr\xE9 \n");
    assert_eq!(shown(&read(damaged)), "één twee één|één twee één|dr\u{FFFD}");
}

#[test]
fn a_large_file_in_another_encoding_streams() {
    let mut text = String::from("id;text\n");
    for row in 0..100_000 {
        writeln!(text, "{row};größe {row}").unwrap();
    }
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for bytes in [latin, utf16(&text, true)] {
        let out = read(bytes);
        assert_eq!((out.posts.len(), out.rejects.len()), (100_000, 0));
        assert_eq!(out.posts[99_999].text, "größe 99999");
    }
}

#[test]
fn packed_files_of_several_parts_and_cut_ones_give_what_they_have() {
    let parts: Vec<&[u8]> = vec![b"id,text\n1,a\n", b"2,b\n", b"3,c\n"];
    check_bytes(parts.iter().flat_map(|part| gzip(part)).collect(), "a|b|c");
    let skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let frames: Vec<u8> = parts.iter().flat_map(|part| [zstd(part), skippable.to_vec()].concat()).collect();
    check_bytes(frames, "a|b|c");

    let mut text = String::from("id,text\n");
    let mut number = 1_u64;
    for row in 0..200_000 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        writeln!(text, "{row},{number:x}").unwrap();
    }
    for packed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        let whole = read(packed.clone());
        assert_eq!((whole.posts.len(), whole.error.is_none()), (200_000, true));
        let cut = read(packed[..packed.len() / 2].to_vec());
        assert!(cut.posts.len() > 80_000 && cut.posts.len() < 120_000, "{}", cut.posts.len());
        assert!(cut.rejects.is_empty());
        assert!(matches!(cut.error, Some(FileError::Truncated { line }) if line > 80_000), "{:?}", cut.error);
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xFF);
        let damaged = read(damaged);
        assert!(damaged.error.is_some() && damaged.posts.len() > 50_000, "{:?}", damaged.error);
    }
}

fn check_bytes(bytes: Vec<u8>, expect: &str) {
    assert_eq!(shown(&read(bytes)), expect);
}

#[test]
fn a_window_that_is_too_large_is_refused() {
    // Window descriptor 0xFF asks for 3.75 TiB.
    let bytes = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xFF, 0, 0, 0];
    assert!(try_read(bytes, "x", &Options::default()).is_err());
    // 0x90 asks for 256 MiB, which the format allows.
    let error = try_read([0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x90, 0, 0, 0], "x", &Options::default()).err();
    assert!(matches!(error, Some(FileError::Damaged { .. })), "{error:?}");
}

fn fails(bytes: &[u8], expect: &str) {
    let error = try_read(bytes, "x.csv", &Options::default()).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expect));
}

#[test]
fn a_file_that_cannot_be_posts_says_what_to_do() {
    fails(b"", "the file is empty");
    fails(b"\n \n", "the file is empty");
    fails(&gzip(b""), "the file is empty");
    fails(
        b"PK\x03\x04rest",
        "this is a ZIP archive or an Excel workbook, not text: unpack it, or save the sheet as CSV",
    );
    fails(&gzip(&gzip(b"x")), "this is a file compressed twice, not text: unpack it once and try again");
    fails(
        b"12,2019-01-01,\"My luggage is lost and nobody cares about it at all.\"\n",
        "no header: the first row looks like data (12 · 2019-01-01 · My luggage is lost and nobody cares about ); name columns by number, as in `--map text=3`",
    );
    fails(
        b"timestamp,value\n2015-02-26 21:42:53,104\n",
        "no column is recognized as the text; say which one with `--map text=COLUMN`; columns: timestamp, value",
    );
    let options = Options { map: vec![(PostField::Text, "boo".to_owned())], ..Options::default() };
    let error = try_read("id,text\n1,a\n", "x", &options).err().unwrap();
    assert_eq!(error.to_string(), "`--map text=boo`: there is no column `boo`; columns: id, text");
    let map = vec![(PostField::Text, "text".to_owned()), (PostField::Text, "id".to_owned())];
    let error = try_read("id,text\n1,a\n", "x", &Options { map, ..Options::default() }).err().unwrap();
    assert_eq!(error.to_string(), "`--map` names `text` twice");
}

#[test]
fn columns_are_mapped_by_name_and_by_number() {
    let map = vec![(PostField::Text, "3".to_owned()), (PostField::Id, "1".to_owned())];
    let options = Options { map, ..Options::default() };
    let out = try_read("12,2019-01-01,\"Lost luggage\"\n13,2019-01-02,Again\n", "x", &options).unwrap();
    assert_eq!(shown(&out), "Lost luggage|Again");
    assert_eq!(out.posts[1].id.as_str(), "x:13");
    assert_eq!(out.posts[1].attributes["column 2"], "2019-01-02");

    let map = vec![
        (PostField::Text, "remarks".to_owned()),
        (PostField::Attribute, "text".to_owned()),
        (PostField::Skip, "lang".to_owned()),
    ];
    let out =
        try_read("id,text,lang,Re-marks\n1,a,en,b\n", "x", &Options { map, ..Options::default() }).unwrap();
    assert_eq!((out.posts[0].text.as_str(), out.posts[0].attributes["text"].as_str()), ("b", "a"));
    assert_eq!(out.posts[0].attributes.len(), 1);

    let out = read(
        "nr,what people told us today\n1,The parcel was late for the third time\n2,Nobody answers the phone here\n",
    );
    assert_eq!(out.posts[1].text, "Nobody answers the phone here");
    assert!(out.plan.to_string().contains("so it is read as the text"), "{}", out.plan);
}

#[test]
fn every_cell_finds_its_place() {
    let file = "id,source,kind,Title,text,created_at,username,name,lang,stars,followers,url,in_reply_to,company,ZIP code,empty\n\
        7,App Store,review,T &amp; U,A &lt;b&gt; &amp;amp; c,2019-02-14 13:05:09 +0100,@me,Me Too,nl-BE,4 stars,\"1,204\",http://a/,3.0,Acme,330XX,\n\
        8,,x,,b,soon,,,,great,?,,,,,\n";
    let out = read(file);
    let post = &out.posts[0];
    assert_eq!(post.id.as_str(), "app-store:7");
    assert_eq!((post.source.as_str(), post.kind), ("app-store", Kind::Review));
    assert_eq!((post.title.as_deref(), post.text.as_str()), (Some("T & U"), "A <b> &amp; c"));
    assert_eq!(post.created.unwrap().to_string(), "2019-02-14T12:05:09Z");
    let author = post.author.as_ref().unwrap();
    assert_eq!((author.handle.as_str(), author.name.as_deref()), ("me", Some("Me Too")));
    assert_eq!((post.rating, post.reach), (Some(4.0), Some(1204)));
    assert_eq!(post.reply_to.as_ref().unwrap().as_str(), "app-store:3");
    assert_eq!(post.about, ["Acme"]);
    assert_eq!(
        post.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        ["zip code=330XX"]
    );
    let rest = &out.posts[1];
    assert_eq!((rest.id.as_str(), rest.created, rest.rating), ("test:8", None, None));
    assert_eq!((rest.attributes["kind"].as_str(), rest.attributes["stars"].as_str()), ("x", "great"));
    assert_eq!(out.undated, 1);
}

#[test]
fn what_is_said_about_the_file_wins() {
    let options = Options {
        brand: Some("Acme".to_owned()),
        source: Some(SourceId::new("mail").unwrap()),
        time_zone: TimeZone::get("Europe/Amsterdam").unwrap(),
        ..Options::default()
    };
    let out = try_read("id,text,brand,source,date\n1,a,Other,web,14-02-2019\n", "x.csv", &options).unwrap();
    let post = &out.posts[0];
    assert_eq!((post.id.as_str(), post.about.as_slice()), ("mail:1", &["Acme".to_owned()][..]));
    assert_eq!((post.attributes["brand"].as_str(), post.attributes["source"].as_str()), ("Other", "web"));
    assert_eq!(post.created.unwrap().to_string(), "2019-02-13T23:00:00Z");
}

#[test]
fn a_row_without_id_has_the_same_one_each_time() {
    let ids = |file: &str| read(file).posts.iter().map(|post| post.id.to_string()).collect::<Vec<_>>();
    let first = ids("text,date,shop\na,2019-01-01,x\nb,2019-01-01,x\na,2019-01-01,y\n");
    assert_eq!(first, ids("text,date,shop\na,2019-01-01,x\nb,2019-01-01,x\na,2019-01-01,y\n"));
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    // The same on every machine and in every version: else a second import would double all.
    assert_eq!(ids("text\nhello\n"), ["test:dea352fc4b2247e14f540c5af59d46ed"]);
    let rounded = read("id,text\n5.70306E+17,a\n5.70306E+17,b\n");
    assert_ne!(rounded.posts[0].id, rounded.posts[1].id);
}

#[test]
fn json_of_every_shape_is_read() {
    let shapes = [
        "{\"id\":1,\"text\":\"a\"}\n\n{\"id\":2,\"text\":\"b\"}",
        "[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"text\":\"b\"}]",
        "[\n  {\n    \"id\":1,\n \"text\":\"a\"\n  },\n  {\"id\":2,\"text\":\"b\"}\n]\n",
        "{\"meta\":{\"n\":[1]},\"ids\":[1],\"reviews\":[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"text\":\"b\"}],\"next\":\"x\"}",
        "{\n\"id\":1,\n\"text\":\"a\"\n}\n{\n\"id\":2,\n\"text\":\"b\"\n}",
        "\u{FEFF}[{\"id\":1,\"text\":\"a\"} , {\"id\":2,\"text\":\"b\"}]",
        "window.YTD.tweets.part0 = [{\"tweet\":{\"id\":1,\"full_text\":\"a\"}},{\"tweet\":{\"id\":2,\"full_text\":\"b\"}}]",
    ];
    for shape in shapes {
        let out = read(shape);
        assert_eq!(shown(&out), "a|b", "{shape}");
        assert_eq!(out.posts[1].id.as_str(), "test:2", "{shape}");
    }
    check("[]", "");
}

#[test]
fn nested_values_are_named_with_dots() {
    let out = read(
        r#"{"id":"1","text":"a","author":{"username":"@me","tags":["x",3,null]},"n":1.5,"ok":false,"none":null,"deep":[[1,"b"]],"brand":["A","B"]}
{"id":"2","text":"b","in_reply_to":"1","LATE":"z"}"#,
    );
    let post = &out.posts[0];
    let attributes: Vec<_> = post.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(attributes, ["author.tags=x, 3", "deep=[[1,\"b\"]]", "n=1.5", "ok=false"]);
    assert_eq!(
        (post.author.as_ref().unwrap().handle.as_str(), post.about.join("+")),
        ("me", "A+B".to_owned())
    );
    assert_eq!(out.posts[1].kind, Kind::Reply);
    assert_eq!(out.posts[1].attributes["late"], "z");
}

#[test]
fn a_key_that_comes_late_is_recognised() {
    let mut file = String::new();
    for row in 0..1500 {
        writeln!(file, "{{\"id\":{row},\"text\":\"a\"}}").unwrap();
    }
    file.push_str("{\"id\":1500,\"text\":\"b\",\"reply_to\":\"7\",\"body\":\"c\"}\n");
    let out = read(file);
    let last = out.posts.last().unwrap();
    assert_eq!(last.reply_to.as_ref().unwrap().as_str(), "test:7");
    assert_eq!((last.text.as_str(), last.attributes["body"].as_str()), ("b", "c"));
}

#[test]
fn broken_json_costs_itself() {
    let out = read(
        "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":}\n[1]\n{\"id\":3,\"text\":\"b\"}\n{\"id\":4,\"te",
    );
    assert_eq!(out.posts.len(), 2);
    let lines: Vec<_> = out.rejects.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 5]);
    assert_eq!(out.rejects[2].1, CUT);

    // One element of a line each: an open string costs its element.
    check(
        "[\n {\"id\":1,\"text\":\"a},\n {\"id\":2,\"text\":\"b\"},\n 7,\n {\"id\":3,\"text\":\"c\"}\n]",
        "b|c\n2: the object is not closed\n4: not a JSON object",
    );
    check("[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"te", "a\n1: the file ends inside this row");
    check(
        "[{\"id\":1,\"text\":\"a\"},\n",
        "a\nthe JSON is broken at line 1: the file ends inside the array; what came before was read",
    );
    check(
        "[{\"id\":1,\"text\":\"a\"} ; {\"id\":2}]",
        "a\nthe JSON is broken at line 1: not a JSON value; what came before was read",
    );
}

#[test]
fn our_own_export_reads_back_to_the_same_post() {
    let line = r#"{"id":"hn:a%20b","source":"hn","kind":"response","title":" T","text":"x &amp; y\n ","created":"2019-02-14T12:05:09.123456789Z","author":{"handle":"@me","name":"Me"},"lang":"und","reply_to":"twitter:9","url":"http://a/?b&amp;c","rating":4.5,"reach":12,"about":["A, B","C"],"attributes":{"review text":"z","zip.code":"1","Message":"m"}}"#;
    let out = read(format!("{line}\n{}\n", line.replace("hn:a%20b", "nonsense")));
    assert_eq!(out.plan.preset, Some(Preset::Grouse));
    assert_eq!(out.rejects.len(), 1, "{:?}", out.rejects);
    let post = &out.posts[0];
    assert_eq!((post.id.as_str(), post.source.as_str(), post.kind), ("hn:a%20b", "hn", Kind::Response));
    assert_eq!((post.title.as_deref(), post.text.as_str()), (Some(" T"), "x &amp; y\n "));
    assert_eq!(post.created.unwrap().to_string(), "2019-02-14T12:05:09.123456789Z");
    assert_eq!(post.tag, Some(crate::model::Language::Other));
    assert_eq!(post.reply_to.as_ref().unwrap().as_str(), "twitter:9");
    assert_eq!(post.url.as_deref(), Some("http://a/?b&amp;c"));
    assert_eq!((post.rating, post.reach), (Some(4.5), Some(12)));
    assert_eq!(post.about, ["A, B", "C"]);
    assert_eq!(post.attributes.keys().collect::<Vec<_>>(), ["message", "review text", "zip.code"]);
    let plain = read(line.replace(r#"{"handle":"@me","name":"Me"}"#, "\"me\""));
    assert_eq!(plain.posts[0].author.as_ref().unwrap().handle, "me");
}

/// What stands where an address should is kept as words, and is nobody's link.
#[test]
fn only_an_address_of_the_web_is_an_address() {
    let out = read(
        "id,text,url\n1,a,https://x.example/1\n2,b,javascript:alert(1)\n3,c,HTTP://x.example\n4,d,x.example\n5,e,\n".to_owned(),
    );
    let found: Vec<_> =
        out.posts.iter().map(|post| (post.url.as_deref(), post.attributes.get("url"))).collect();
    let kept = |words: &str| Some(words.to_owned());
    assert_eq!(
        found.iter().map(|(url, words)| (url.map(str::to_owned), words.cloned())).collect::<Vec<_>>(),
        [
            (kept("https://x.example/1"), None),
            (None, kept("javascript:alert(1)")),
            (kept("HTTP://x.example"), None),
            (None, kept("x.example")),
            (None, None)
        ]
    );
}

/// Reads a real file, or says that it is not there.
fn corpus(name: &str) -> Option<Out> {
    let bytes = std::fs::read(corpora::path(name)?).unwrap();
    let out = try_read(bytes, name, &Options::default()).unwrap();
    assert_eq!(out.rejects, [], "{name}");
    assert!(out.error.is_none());
    let dated = out.posts.iter().filter(|post| post.created.is_some()).count();
    eprintln!("{name}: {} posts, {dated} dated\n{}", out.posts.len(), out.plan);
    Some(out)
}

#[test]
fn airline_tweets_are_read() {
    let Some(out) = corpus("airline_tweets.csv") else { return };
    assert_eq!((out.posts.len(), out.undated, out.plan.preset), (7344, 0, Some(Preset::AirlineTweets)));
    assert!(
        out.posts.iter().all(|post| post.created.is_some() && post.about.len() == 1 && !post.text.is_empty())
    );
    let post = &out.posts[0];
    assert_eq!(post.id.as_str(), "twitter:570306133677760513");
    assert_eq!(post.created.unwrap().to_string(), "2015-02-24T19:35:52Z");
    assert_eq!(post.attributes["airline_sentiment"], "neutral");
    assert!(!out.posts.iter().any(|post| post.text.contains("&amp;")));
}

#[test]
fn support_threads_are_read() {
    let Some(out) = corpus("support_threads_twcs.csv") else { return };
    assert_eq!((out.posts.len(), out.undated, out.plan.preset), (5000, 0, Some(Preset::SupportThreads)));
    let first = &out.posts[0];
    assert_eq!((first.kind, first.reply_to.as_ref().unwrap().as_str()), (Kind::Response, "twitter:3"));
    assert_eq!(first.author.as_ref().unwrap().handle, "sprintcare");
    let odd = out.posts.iter().find(|post| post.id.as_str() == "twitter:3399").unwrap();
    assert!(odd.text.starts_with("@AskPayPal \n\nI just love"), "{:?}", odd.text);
    assert!(out.posts.iter().all(|post| !post.attributes.contains_key("column 1")));
}

#[test]
fn complaint_forms_are_read() {
    let Some(out) = corpus("cfpb_2019.csv") else { return };
    assert_eq!((out.posts.len(), out.undated, out.plan.preset), (6623, 0, Some(Preset::Cfpb)));
    assert_eq!(out.posts.iter().filter(|post| post.text.is_empty()).count(), 5091);
    assert_eq!(out.posts[0].id.as_str(), "cfpb:3571115");
    assert_eq!(out.posts[0].created.unwrap().to_string(), "2020-03-18T00:00:00Z");
    assert_eq!(out.posts[0].about, ["TRANSUNION INTERMEDIATE HOLDINGS, INC."]);
}

#[test]
fn reviews_are_read() {
    let Some(out) = corpus("reviews_keytrade_nl_fr_en.jsonl") else { return };
    assert_eq!((out.posts.len(), out.undated), (523, 0));
    let post = &out.posts[0];
    assert_eq!(post.id.as_str(), "trustpilot:keytrade-679ed4b70481be784950b42b");
    assert_eq!(
        (post.kind, post.rating, post.about.join("+")),
        (Kind::Review, Some(5.0), "Keytrade Bank".to_owned())
    );
    assert!(post.title.is_some() && post.created.is_some() && post.tag.is_some());
    assert_eq!(out.posts.iter().filter(|post| post.attributes.contains_key("reply")).count(), 189);

    let Some(out) = corpus("severity_cesamard.csv") else { return };
    assert_eq!(out.posts.len(), 1967);
    let post = &out.posts[0];
    assert_eq!(
        (post.kind, post.title.as_deref()),
        (Kind::Review, Some("Must read book | Measure your growth"))
    );
    assert_eq!(post.created.unwrap().to_string(), "2019-12-13T00:00:00Z");
    assert!(post.url.as_deref().unwrap().starts_with("https://www.amazon.in/"));
    assert_eq!(post.attributes["severity"], "Non-Complaint");
}

#[test]
fn the_other_corpora_are_read() {
    let cases = [
        ("banking77_train.csv", 10_003),
        ("tweets_freemobile_fr.jsonl", 3500),
        ("langid_liga.jsonl", 9066),
        ("complaints_acl2019.csv", 1709),
        ("complaints_airlines_telecom_2015.csv", 3121),
        ("tweets_bahn_de.jsonl", 2594),
        ("sentences_restaurants_nl.jsonl", 862),
        ("churn_intent_en.csv", 164),
        ("churn_intent_de.csv", 169),
    ];
    for (name, rows) in cases {
        let Some(out) = corpus(name) else { return };
        assert_eq!(out.posts.len(), rows, "{name}");
        assert!(out.posts.iter().all(|post| !post.text.is_empty()), "{name}");
    }
    let Some(path) = corpora::path("mention_volume_nab/AAPL.csv") else { return };
    let error = try_read(std::fs::read(path).unwrap(), "AAPL.csv", &Options::default()).err().unwrap();
    assert!(error.to_string().contains("--map text=COLUMN"), "{error}");
}

/// `cargo test --release -- --ignored --nocapture rows_a_second`
#[test]
#[ignore = "measures, and needs a release build to mean anything"]
fn rows_a_second() {
    for name in
        ["airline_tweets.csv", "support_threads_twcs.csv", "cfpb_2019.csv", "tweets_freemobile_fr.jsonl"]
    {
        let Some(path) = corpora::path(name) else { return };
        let once = std::fs::read(path).unwrap();
        let head = once.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let mut whole = once.clone();
        while whole.len() < 200 << 20 {
            whole.extend(&once[if name.ends_with("csv") { head } else { 0 }..]);
            if !whole.ends_with(b"\n") {
                whole.push(b'\n');
            }
        }
        let bytes = whole.len();
        let mut reader = open(Box::new(Cursor::new(whole)), name, &Options::default()).unwrap();
        let start = std::time::Instant::now();
        let rows = reader.by_ref().filter(|row| row.as_ref().is_ok_and(|row| row.result.is_ok())).count();
        let seconds = start.elapsed().as_secs_f64();
        eprintln!(
            "{name}: {rows} rows, {:.0} rows/s, {:.0} MB/s",
            rows as f64 / seconds,
            bytes as f64 / seconds / 1e6
        );
    }
}

proptest! {
    #![proptest_config(crate::tries::tries(300))]

    #[test]
    fn rubbish_is_read_to_its_end(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        text in "(id|text|date)[,;]text[\n\r]+([\"a1,;\n\r{}\\[\\]:]{0,60}\n){0,6}",
        json in "[\\[{]?[\\[\\]{}\",:a1\n tex]{0,120}",
    ) {
        for bytes in [bytes.clone(), gzip(&bytes), zstd(&bytes), text.into_bytes(), json.into_bytes()] {
            let length = bytes.len();
            if let Ok(out) = try_read(bytes, "x", &Options::default()) {
                prop_assert!(out.posts.len() + out.rejects.len() <= length.max(1000));
            }
        }
    }

    #[test]
    fn damaged_packing_is_survived(at in 0_usize..4000, byte: u8) {
        let mut text = String::new();
        for row in 0..500 {
            writeln!(text, "{row},{}", row * 7919).unwrap();
        }
        for packed in [gzip(format!("id,text\n{text}").as_bytes()), zstd(format!("id,text\n{text}").as_bytes())] {
            let mut packed = packed;
            let at = at % packed.len();
            packed[at] ^= byte;
            let _ = try_read(packed.clone(), "x", &Options::default());
            packed.truncate(at);
            let _ = try_read(packed, "x", &Options::default());
        }
    }

    #[test]
    fn a_file_cut_anywhere_has_at_most_one_reject(cut in 0_usize..220) {
        let file = "id,text,lang\r\n1,a,en\r\n2,\"b, \"\"c\"\"\r\nd e\r\nf\",en\r\n3,\"g\",nl\r\n4,h,nl\r\n5,\"i\r\n\r\nj\",en\r\n";
        let whole = read(file).posts;
        let cut = cut.min(file.len());
        if let Ok(out) = try_read(&file.as_bytes()[..cut], "test.csv", &Options::default()) {
            prop_assert!(out.rejects.len() <= 1, "{:?}", out.rejects);
            for (post, expect) in out.posts.iter().zip(&whole) {
                prop_assert!(expect.text.starts_with(&post.text));
            }
        }
    }

    #[test]
    fn what_the_csv_crate_writes_is_read(rows in prop::collection::vec(("[a-z]{1,8}", "[ -~\n\r\té😀]{0,40}", "\\PC{0,10}"), 1..20), crlf: bool) {
        let mut writer = csv::WriterBuilder::new()
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        writer.write_record(["id", "text", "lang"]).unwrap();
        for (id, text, lang) in &rows {
            writer.write_record([id, text, lang]).unwrap();
        }
        let out = read(writer.into_inner().unwrap());
        prop_assert_eq!(&out.rejects, &[]);
        prop_assert_eq!(out.posts.len(), rows.len());
    }
}
