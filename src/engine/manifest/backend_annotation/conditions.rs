//! Conditions: what requests of a rule must have besides its host and path.

use serde::de::MapAccess;

use super::go_json::{Count, Entries, Filled, JsonFields, JsonObject, List, check, decode, value};
use super::{AnnotationFault, Patterns};

/// The fault of conditions, or the patterns that may be one; `None` if the controller accepts them beside every rule.
pub(super) fn conditions(json: &str) -> Option<AnnotationFault> {
    let List(Conditions { fault, values, patterns, .. }) = match decode::<List<Conditions>>(json) {
        Ok(conditions) => conditions,
        Err(why) => return Some(AnnotationFault::Refused(why)),
    };
    if let Some((at, why)) = fault {
        return Some(AnnotationFault::Refused(format!("[{at}]{why}")));
    }
    if (values.host && patterns.host) || (values.path && patterns.path) {
        return Some(AnnotationFault::Refused("it has both values and patterns".to_owned()));
    }
    (patterns != Patterns::default()).then_some(AnnotationFault::Patterns(patterns))
}

#[derive(Debug, Default)]
struct Conditions {
    count: usize,
    /// The first condition that is refused, and why.
    fault: Option<(usize, String)>,
    /// What the conditions compare with values.
    values: Patterns,
    patterns: Patterns,
}

impl Entries for Conditions {
    type Entry = JsonObject<Condition>;

    fn add(&mut self, JsonObject(condition): JsonObject<Condition>) {
        let at = self.count;
        self.count += 1;
        match condition.examined() {
            Ok(settings) => {
                let host = condition.field == "host-header";
                let path = condition.field == "path-pattern";
                self.values.host |= host && settings.values > 0;
                self.values.path |= path && settings.values > 0;
                self.patterns.host |= host && settings.patterns > 0;
                self.patterns.path |= path && settings.patterns > 0;
            }
            Err(why) => drop(self.fault.get_or_insert((at, why))),
        }
    }
}

/// What the settings of a condition compare with, as numbers of entries.
#[derive(Clone, Copy, Debug, Default)]
struct Compared {
    values: usize,
    patterns: usize,
}

#[derive(Debug, Default)]
struct Condition {
    field: String,
    host_header: Option<JsonObject<ConditionConfig<true, false>>>,
    path_pattern: Option<JsonObject<ConditionConfig<true, false>>>,
    http_header: Option<JsonObject<ConditionConfig<true, true>>>,
    http_request_method: Option<JsonObject<ConditionConfig<false, false>>>,
    source_ip: Option<JsonObject<ConditionConfig<false, false>>>,
    query_string: Option<JsonObject<QueryString>>,
}

impl JsonFields for Condition {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "field" => self.field = value(map)?,
            "hostheaderconfig" => self.host_header = map.next_value()?,
            "pathpatternconfig" => self.path_pattern = map.next_value()?,
            "httpheaderconfig" => self.http_header = map.next_value()?,
            "httprequestmethodconfig" => self.http_request_method = map.next_value()?,
            "sourceipconfig" => self.source_ip = map.next_value()?,
            "querystringconfig" => self.query_string = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Condition {
    /// What the condition compares with, or why the controller refuses it (`RuleCondition.Validate`). The controller
    /// accepts an unknown field.
    fn examined(&self) -> Result<Compared, String> {
        let Self { host_header, path_pattern, http_header, http_request_method, source_ip, query_string, .. } = self;
        let (name, compared) = match self.field.as_str() {
            "host-header" => ("hostHeaderConfig", host_header.as_ref().map(ConditionConfig::compared)),
            "path-pattern" => ("pathPatternConfig", path_pattern.as_ref().map(ConditionConfig::compared)),
            "http-header" => ("httpHeaderConfig", http_header.as_ref().map(ConditionConfig::compared)),
            "http-request-method" => {
                ("httpRequestMethodConfig", http_request_method.as_ref().map(ConditionConfig::compared))
            }
            "source-ip" => ("sourceIPConfig", source_ip.as_ref().map(ConditionConfig::compared)),
            "query-string" => {
                if query_string.as_ref().is_some_and(|JsonObject(query)| query.values.0.without_value > 0) {
                    return Err(".queryStringConfig has an entry without a value".to_owned());
                }
                let compared = |JsonObject(query): &JsonObject<QueryString>| Compared {
                    values: query.values.0.count,
                    patterns: 0,
                };
                ("queryStringConfig", query_string.as_ref().map(compared))
            }
            _ => return Ok(Compared::default()),
        };
        match compared {
            None => Err(format!(".{name} is missing")),
            Some(Compared { values: 0, patterns: 0 }) => Err(format!(".{name} has no values")),
            Some(Compared { values: 1.., patterns: 1.. }) => Err(format!(".{name} has both values and regexValues")),
            Some(compared) => Ok(compared),
        }
    }
}

/// The settings of a condition. Only some fields have patterns, and one has the name of a header.
#[derive(Debug, Default)]
struct ConditionConfig<const PATTERNS: bool, const NAMED: bool> {
    values: List<Count<Filled>>,
    patterns: List<Count<Filled>>,
}

impl<const PATTERNS: bool, const NAMED: bool> JsonFields for ConditionConfig<PATTERNS, NAMED> {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "values" => self.values = value(map)?,
            "regexvalues" if PATTERNS => self.patterns = value(map)?,
            "httpheadername" if NAMED => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<const PATTERNS: bool, const NAMED: bool> ConditionConfig<PATTERNS, NAMED> {
    fn compared(JsonObject(settings): &JsonObject<Self>) -> Compared {
        Compared { values: settings.values.0.0, patterns: settings.patterns.0.0 }
    }
}

#[derive(Debug, Default)]
struct QueryString {
    values: List<Pairs>,
}

impl JsonFields for QueryString {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "values" => self.values = value(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct Pairs {
    count: usize,
    without_value: usize,
}

impl Entries for Pairs {
    type Entry = JsonObject<Pair>;

    fn add(&mut self, JsonObject(Pair { value: Filled(filled) }): JsonObject<Pair>) {
        self.count += 1;
        self.without_value += usize::from(!filled);
    }
}

#[derive(Debug, Default)]
struct Pair {
    value: Filled,
}

impl JsonFields for Pair {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "value" => self.value = value(map)?,
            "key" => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
