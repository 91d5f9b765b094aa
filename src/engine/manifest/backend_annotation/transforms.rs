//! Transforms: how requests are rewritten.

use serde::de::MapAccess;

use super::go_json::{Count, Entries, Filled, JsonFields, JsonObject, List, check, decode, value};

/// Why the controller refuses transforms.
pub(super) fn transforms(json: &str) -> Option<String> {
    let fault = decode::<List<Transforms>>(json).map(|List(transforms)| transforms.fault);
    fault.map_or_else(Some, |fault| fault.map(|(at, why)| format!("[{at}]{why}")))
}

#[derive(Debug, Default)]
struct Transforms {
    count: usize,
    /// The first transform that is refused, and why.
    fault: Option<(usize, &'static str)>,
}

impl Entries for Transforms {
    type Entry = JsonObject<Transform>;

    fn add(&mut self, JsonObject(transform): JsonObject<Transform>) {
        let at = self.count;
        self.count += 1;
        if let Some(why) = transform.fault() {
            self.fault.get_or_insert((at, why));
        }
    }
}

#[derive(Debug, Default)]
struct Transform {
    kind: String,
    url: Option<JsonObject<Rewrites>>,
    host_header: Option<JsonObject<Rewrites>>,
}

impl JsonFields for Transform {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "type" => self.kind = value(map)?,
            "urlrewriteconfig" => self.url = map.next_value()?,
            "hostheaderrewriteconfig" => self.host_header = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Transform {
    /// Why the controller refuses the transform (`Transform.Validate`).
    fn fault(&self) -> Option<&'static str> {
        let count = |settings: &Option<JsonObject<Rewrites>>| settings.as_ref().map(|JsonObject(it)| it.rewrites.0.0);
        match self.kind.as_str() {
            "url-rewrite" => match count(&self.url) {
                None => Some(".urlRewriteConfig is missing"),
                Some(0) => Some(".urlRewriteConfig has no rewrites"),
                Some(_) => None,
            },
            "host-header-rewrite" => match count(&self.host_header) {
                None => Some(".hostHeaderRewriteConfig is missing"),
                Some(0) => Some(".hostHeaderRewriteConfig has no rewrites"),
                Some(_) => None,
            },
            _ => Some(".type is neither url-rewrite nor host-header-rewrite"),
        }
    }
}

#[derive(Debug, Default)]
struct Rewrites {
    rewrites: List<Count<JsonObject<Rewrite>>>,
}

impl JsonFields for Rewrites {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "rewrites" => self.rewrites = value(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct Rewrite;

impl JsonFields for Rewrite {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "regex" | "replace" => check::<_, Filled>(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
