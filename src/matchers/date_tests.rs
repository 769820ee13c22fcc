use super::*;
use crate::js::exotic::Exotic;
use crate::matchers::testing::*;

fn iso(text: &str) -> f64 {
    parse_iso(text).unwrap()
}

#[test]
fn iso_dates_are_read_here_and_all_else_is_left_to_javascript() {
    assert_eq!(iso("1970-01-02"), 86_400_000.0);
    assert_eq!(iso("2024-03-31T12:00:00Z"), HOST.now_ms);
    assert_eq!(iso("2024-03-31T14:30:00.5+02:30"), HOST.now_ms + 500.0);
    assert_eq!(iso("2024-03-31T12:00:00.123456Z"), HOST.now_ms + 123.0);
    for text in [
        "2024-02-30",
        "2024-03-31T12:00:00",
        "2024-3-31",
        "24:00",
        "2024-03-31T24:00:00Z",
        "+002024-01-01",
    ] {
        assert_eq!(parse_iso(text), None, "{text}");
    }
}

#[test]
fn months_clamp_at_every_step_on_the_way() {
    assert_eq!(
        before(HOST.now_ms, 1, Unit::Months),
        iso("2024-02-29T12:00:00Z")
    );
    assert_eq!(
        before(HOST.now_ms, 2, Unit::Months),
        iso("2024-01-29T12:00:00Z")
    );
    assert_eq!(
        before(iso("2023-03-31"), 2, Unit::Months),
        iso("2023-01-28")
    );
    assert_eq!(before(iso("2024-02-29"), 4, Unit::Years), iso("2020-02-28"));
    assert_eq!(
        before(iso("2024-01-15"), 13, Unit::Months),
        iso("2022-12-15")
    );
}

#[test]
fn relative_dates_need_a_small_count_and_a_known_unit() {
    assert_eq!(
        check("is_date_after", "\"-7d\"", Value::Text("2024-03-25")),
        Ok(true)
    );
    assert_eq!(
        check("is_date_before", "\"0d\"", Value::Number(HOST.now_ms - 1.0)),
        Ok(true)
    );
    assert!(parse_relative("0009999d").is_some());
    for text in ["10000d", "7x", "d", "--7d", "7d\n", "-", ""] {
        assert!(parse_relative(text).is_none(), "{text}");
    }
}

#[test]
fn days_and_dates_convert_both_ways() {
    for days in (-1_000_000..1_000_000).step_by(997) {
        let (year, month, day) = civil_from_days(days);
        assert_eq!(days_from_civil(year, month, day), days);
    }
}

#[test]
fn what_is_no_date_is_inconclusive() {
    assert_eq!(
        check("is_date_after", "true", Value::Text("2024-03-25")),
        Err(Fallback::UNSUPPORTED)
    );
    assert_eq!(
        check("is_date_after", "\"junk\"", Value::Text("x")),
        Err(Fallback::UNSUPPORTED)
    );
    assert_eq!(
        check("is_date_after", "\"-1d\"", Value::Bool(true)),
        Err(Fallback::MISSING_CONTEXT)
    );
    assert_eq!(
        check("is_date_after", "\"-1d\"", Value::Number(9e15)),
        Err(Fallback::MISSING_CONTEXT)
    );
}

#[test]
fn dates_are_those_of_the_gregorian_calendar() {
    // Counted on from 1 January of the year -400, which is as many days before 2000 as 2400 years have.
    let mut days = 10_957 - 6 * 146_097;
    for year in -400..=800 {
        for month in 1..=12 {
            let length = days_in_month(year, month);
            for day in [1, 2, 28, length] {
                assert_eq!(days_from_civil(year, month, day), days + day - 1);
                assert_eq!(civil_from_days(days + day - 1), (year, month, day));
            }
            days += length;
        }
    }
    assert_eq!(civil_from_days(0), (1970, 1, 1));
    assert_eq!(civil_from_days(-1), (1969, 12, 31));
    assert_eq!(civil_from_days(11_016), (2000, 2, 29));
    assert_eq!(civil_from_days(2_932_896), (9999, 12, 31));
    let lengths = |year| -> Vec<_> { (1..=12).map(|month| days_in_month(year, month)).collect() };
    for (year, february) in [(2023, 28), (2024, 29), (1900, 28), (2000, 29)] {
        assert_eq!(
            lengths(year),
            [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        );
    }
}

#[test]
fn relative_dates_go_back_by_their_unit() {
    let now = iso("2024-03-31T12:34:56.789Z");
    for (count, unit, expected) in [
        (0, Unit::Hours, "2024-03-31T12:34:56.789Z"),
        (30, Unit::Hours, "2024-03-30T06:34:56.789Z"),
        (31, Unit::Days, "2024-02-29T12:34:56.789Z"),
        (2, Unit::Weeks, "2024-03-17T12:34:56.789Z"),
        (3, Unit::Months, "2023-12-29T12:34:56.789Z"),
        (12, Unit::Months, "2023-03-29T12:34:56.789Z"),
        (1, Unit::Years, "2023-03-31T12:34:56.789Z"),
        (2024, Unit::Years, "0000-03-31T12:34:56.789Z"),
    ] {
        assert_eq!(before(now, count, unit), iso(expected), "{count} {unit:?}");
    }
    // Before the epoch, days begin at midnight as well.
    let old = iso("1969-07-31T20:17:40Z");
    assert_eq!(before(old, 1, Unit::Months), iso("1969-06-30T20:17:40Z"));
    assert_eq!(before(old, 5, Unit::Months), iso("1969-02-28T20:17:40Z"));
    // A leap day stays one where no year goes back.
    let leap = iso("2024-02-29T10:00:00Z");
    assert_eq!(before(leap, 0, Unit::Years), leap);
    assert_eq!(before(leap, 4, Unit::Years), iso("2020-02-28T10:00:00Z"));
    assert_eq!(before(iso("2024-03-29"), 1, Unit::Years), iso("2023-03-29"));
    assert_eq!(before(iso("2024-02-28"), 1, Unit::Years), iso("2023-02-28"));
    assert!(before(f64::NAN, 1, Unit::Days).is_nan());
}

#[test]
fn relative_dates_are_a_count_and_one_of_five_units() {
    for (text, count) in [
        ("5h", 5),
        ("-6d", 6),
        ("7w", 7),
        ("-8m", 8),
        ("9y", 9),
        ("0d", 0),
        ("000h", 0),
        ("9999d", 9999),
    ] {
        let (parsed, unit) = parse_relative(text).unwrap();
        assert_eq!(parsed, count, "{text}");
        let letter = text.chars().last().unwrap();
        let name = format!("{unit:?}").to_lowercase();
        assert!(name.starts_with(letter), "{text} {name}");
    }
    for text in [
        "10000h",
        "99999999999h",
        "h",
        "1.5d",
        "+1d",
        "1d ",
        "\u{967}d",
    ] {
        assert!(parse_relative(text).is_none(), "{text}");
    }
    // What has the text of a relative date is one.
    assert_eq!(
        check("is_date_after", "[\"-7d\"]", Value::Text("2024-03-25")),
        Ok(true)
    );
}

#[test]
fn each_part_of_an_iso_date_counts() {
    let midnight = iso("2024-03-31");
    for (text, minutes, ms) in [
        ("2024-03-31T00:00Z", 0, 0),
        ("2024-03-31T00:01:00Z", 1, 0),
        ("2024-03-31T23:59:59.999Z", 1439, 59_999),
        ("2024-03-31T01:02:03Z", 62, 3000),
        ("2024-03-31T01:02:03.4Z", 62, 3400),
        ("2024-03-31T01:02:03.45Z", 62, 3450),
        ("2024-03-31T01:02:03.456Z", 62, 3456),
        ("2024-03-31T01:02:03.456789012Z", 62, 3456),
        ("2024-03-31T01:02+00:00", 62, 0),
        ("2024-03-31T01:02-23:59", 62 + 1439, 0),
        ("2024-03-31T01:02:03+05:45", 62 - 345, 3000),
        ("2024-03-31T01:02:03.456-00:01", 63, 3456),
    ] {
        let expected = midnight + f64::from(minutes * 60_000 + ms);
        assert_eq!(parse_iso(text), Some(expected), "{text}");
    }
    assert_eq!(iso("0000-01-01"), -62_167_219_200_000.0);
    assert_eq!(iso("2024-12-31") - iso("2024-01-01"), 365.0 * MS_PER_DAY);
    assert_eq!(iso("2023-12-31") - iso("2023-01-01"), 364.0 * MS_PER_DAY);
}

#[test]
fn what_is_not_quite_an_iso_date_is_left_to_javascript() {
    for text in [
        "",
        "2024",
        "2024-03",
        "202x-03-31",
        "2024/03-31",
        "2024-03/31",
        "2024-00-31",
        "2024-13-31",
        "2024-03-00",
        "2024-03-32",
        "2024-04-31",
        "2023-02-29",
        "2024-03-31 12:00:00Z",
        "2024-03-31T",
        "2024-03-31T12",
        "2024-03-31T1200Z",
        "2024-03-31T24:00Z",
        "2024-03-31T12:60Z",
        "2024-03-31T12:00",
        "2024-03-31T12:00:60Z",
        "2024-03-31T12:00:00,5Z",
        "2024-03-31T12:00:00.Z",
        "2024-03-31T12:00:00.1234567890Z",
        "2024-03-31T12:00:00z",
        "2024-03-31T12:00:00Zx",
        "2024-03-31T12:00:00 +00:00",
        "2024-03-31T12:00:00+24:00",
        "2024-03-31T12:00:00+00:60",
        "2024-03-31T12:00:00+0000",
        "2024-03-31T12:00:00+00-00",
        "2024-03-31T12:00:00+00:000",
        "2024-03-31T12:00:00*00:00",
    ] {
        assert_eq!(parse_iso(text), None, "{text}");
    }
}

#[test]
fn a_date_is_neither_before_nor_after_itself() {
    for operator in ["is_date_before", "is_date_after"] {
        for value in ["2024-03-31T12:00:00Z", "2024-03-31T14:00:00+02:00"] {
            let filter = "\"2024-03-31T12:00:00.000Z\"";
            assert_eq!(check(operator, filter, Value::Text(value)), Ok(false));
            assert_eq!(check(operator, "\"0d\"", Value::Text(value)), Ok(false));
        }
    }
}

#[test]
fn numbers_are_times_as_far_as_a_date_can_hold_them() {
    let filter = "8640000000000000";
    assert_eq!(
        check("is_date_before", filter, Value::Number(-8.64e15)),
        Ok(true)
    );
    assert_eq!(
        check("is_date_before", filter, Value::Number(8.64e15)),
        Ok(false)
    );
    for number in [8.64e15 + 1.0, -8.64e15 - 1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            check("is_date_before", filter, Value::Number(number)),
            Err(Fallback::MISSING_CONTEXT)
        );
    }
    // Fractions of a millisecond are cut off.
    assert_eq!(check("is_date_after", "5", Value::Number(5.9)), Ok(false));
    assert_eq!(check("is_date_after", "5", Value::Number(6.0)), Ok(true));
    assert_eq!(
        check("is_date_after", "8640000000000001", Value::Number(5.0)),
        Err(Fallback::UNSUPPORTED)
    );
}

#[test]
fn date_objects_count_by_their_time_and_other_objects_not_at_all() {
    let test = |exotic: Exotic| check("is_date_after", "\"2024-03-31\"", Value::Exotic(&exotic));
    let date = |date| exotic(|exotic| exotic.date = date);
    assert_eq!(test(date(Ok(Some(HOST.now_ms)))), Ok(true));
    assert_eq!(test(date(Ok(Some(0.0)))), Ok(false));
    assert_eq!(test(date(Ok(Some(f64::NAN)))), Ok(false));
    assert_eq!(test(date(Ok(None))), Err(Fallback::MISSING_CONTEXT));
    assert_eq!(
        test(date(Err("no time".into()))),
        Err(Fallback::thrown("no time"))
    );
}
