/** Names of fields whose values are secrets, in any spelling (`accessToken`, `access_token`, `X-Access-Token`), also as a part of a longer name. */
const SECRET_STEM =
  /authori[sz]ation|cookie|hmac|signature|credential|passphrase|passw(?:or)?d|pwd|secret|token|apikey|accesskey|privatekey|masterkey|sharedkey|b1session|sessionid|cardnumber|cvv|cvc/;
/** Names that mean a secret only if they are the whole name: "company" ends in none of them. */
const SECRET_WORD = /^(?:session|pass|pan)$/;

/** Names of fields whose values are personal data: shown at debug only. */
const PERSONAL_NAME =
  /^(?:.*e?mail|.*phone(?:number)?|mobile|fax|firstname|lastname|fullname|givenname|familyname|customername|recipient|contactname|.*addresse?s?|address[12]|street|zip(?:code)?|postalcode|postcode|birthday|dateofbirth|taxid|vatid|ip|clientip|remoteaddress)$/;

/** True when the name of a field alone says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const plain = normalise(name);
  return SECRET_STEM.test(plain) || SECRET_WORD.test(plain);
}

/** True when the name of a field alone says that its value is personal data. */
export function isPersonalName(name: string): boolean {
  return PERSONAL_NAME.test(normalise(name));
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
