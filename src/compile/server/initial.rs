//! What the server takes in place of a property that a person does not have.

/// Properties of today's visit, whose values those of the first visit take: `$initial_<name>`, without the `$` of the name.
const OF_TODAY: [&str; 42] = [
    "$app_build",
    "$app_name",
    "$app_namespace",
    "$app_version",
    "$browser",
    "$browser_version",
    "$current_url",
    "$device_type",
    "$os",
    "$os_version",
    "$pathname",
    "$raw_user_agent",
    "$referrer",
    "$referring_domain",
    "$screen_height",
    "$screen_width",
    "$viewport_height",
    "$viewport_width",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "gclid",
    "gad_source",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "igshid",
    "ttclid",
    "rdt_cid",
    "epik",
    "qclid",
    "sccid",
    "irclid",
    "_kx",
];

/// The properties of a person that stand in for this one, the first that is there.
pub fn substitutes(key: &str) -> Vec<&'static str> {
    let mut found: Vec<_> = other_name_of_os(key).into_iter().collect();
    let later = key.strip_prefix("$initial_").and_then(|name| {
        let is_meant = |known: &&&str| known.strip_prefix('$').unwrap_or(known) == name;
        OF_TODAY.iter().find(is_meant)
    });
    if let Some(later) = later {
        found.push(later);
        found.extend(other_name_of_os(later));
    }
    found
}

/// The operating system has two names, each of which stands for the other.
fn other_name_of_os(key: &str) -> Option<&'static str> {
    match key {
        "$os" => Some("$os_name"),
        "$os_name" => Some("$os"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::substitutes;

    #[test]
    fn the_first_visit_takes_what_is_known_of_todays() {
        assert_eq!(substitutes("$os"), ["$os_name"]);
        assert_eq!(substitutes("$os_name"), ["$os"]);
        assert_eq!(substitutes("$initial_os"), ["$os", "$os_name"]);
        assert_eq!(substitutes("$initial_utm_source"), ["utm_source"]);
        assert_eq!(substitutes("$initial__kx"), ["_kx"]);
        assert_eq!(substitutes("$initial_browser"), ["$browser"]);
        for key in [
            "plan",
            "$initial_plan",
            "$initial_$browser",
            "initial_browser",
            "$browser",
        ] {
            assert_eq!(substitutes(key), [""; 0], "{key}");
        }
    }
}
