//! The validation of JSON Web Tokens.

use serde::de::MapAccess;

use super::go_json::{Count, Entries, Filled, JsonFields, JsonObject, List, decode, value};

/// Why the controller refuses the validation of JSON Web Tokens (`buildJwtValidationConfig`).
pub(super) fn jwt_validation(json: &str) -> Option<String> {
    let JsonObject(JwtValidation { endpoint, issuer, claims: List(claims) }) = match decode(json) {
        Ok(validation) => validation,
        Err(why) => return Some(why),
    };
    let fault = match (endpoint, issuer) {
        (Filled(false), _) => "jwksEndpoint is missing".to_owned(),
        (_, Filled(false)) => "issuer is missing".to_owned(),
        _ => format!("additionalClaims[{}] needs format, name and values", claims.incomplete?),
    };
    Some(fault)
}

#[derive(Debug, Default)]
struct JwtValidation {
    endpoint: Filled,
    issuer: Filled,
    claims: List<Claims>,
}

impl JsonFields for JwtValidation {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "jwksendpoint" => self.endpoint = value(map)?,
            "issuer" => self.issuer = value(map)?,
            "additionalclaims" => self.claims = value(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Default)]
struct Claims {
    count: usize,
    /// The first claim that lacks a field.
    incomplete: Option<usize>,
}

impl Entries for Claims {
    type Entry = JsonObject<Claim>;

    fn add(&mut self, JsonObject(Claim { format, name, values }): JsonObject<Claim>) {
        let at = self.count;
        self.count += 1;
        if !format.0 || !name.0 || values.0.0 == 0 {
            self.incomplete.get_or_insert(at);
        }
    }
}

#[derive(Debug, Default)]
struct Claim {
    format: Filled,
    name: Filled,
    values: List<Count<Filled>>,
}

impl JsonFields for Claim {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "format" => self.format = value(map)?,
            "name" => self.name = value(map)?,
            "values" => self.values = value(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
