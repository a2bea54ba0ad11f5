"""The countries that a player can be from: ISO 3166 with `XX` and `ZZ`."""

from collections.abc import Iterator, Mapping
from unicodedata import combining, normalize

_TABLE = """
AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua and Barbuda; AI Anguilla; AL Albania;
AM Armenia; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia; AW Aruba;
AX Åland Islands; AZ Azerbaijan; BA Bosnia and Herzegovina; BB Barbados; BD Bangladesh; BE Belgium;
BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BL Saint Barthélemy; BM Bermuda; BN Brunei;
BO Bolivia; BQ Caribbean Netherlands; BR Brazil; BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana;
BY Belarus; BZ Belize; CA Canada; CC Cocos (Keeling) Islands; CD DR Congo; CF Central African Republic;
CG Congo; CH Switzerland; CI Côte d'Ivoire; CK Cook Islands; CL Chile; CM Cameroon; CN China; CO Colombia;
CR Costa Rica; CU Cuba; CV Cape Verde; CW Curaçao; CX Christmas Island; CY Cyprus; CZ Czechia; DE Germany;
DJ Djibouti; DK Denmark; DM Dominica; DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt;
EH Western Sahara; ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia;
FO Faroe Islands; FR France; GA Gabon; GB United Kingdom; GD Grenada; GE Georgia; GF French Guiana;
GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; GM Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea;
GR Greece; GS South Georgia and the South Sandwich Islands; GT Guatemala; GU Guam; GW Guinea-Bissau;
GY Guyana; HK Hong Kong; HM Heard Island and McDonald Islands; HN Honduras; HR Croatia; HT Haiti; HU Hungary;
ID Indonesia; IE Ireland; IL Israel; IM Isle of Man; IN India; IO British Indian Ocean Territory; IQ Iraq;
IR Iran; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG Kyrgyzstan;
KH Cambodia; KI Kiribati; KM Comoros; KN Saint Kitts and Nevis; KP North Korea; KR South Korea; KW Kuwait;
KY Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon; LC Saint Lucia; LI Liechtenstein; LK Sri Lanka;
LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; LY Libya; MA Morocco; MC Monaco; MD Moldova;
ME Montenegro; MF Saint Martin; MG Madagascar; MH Marshall Islands; MK North Macedonia; ML Mali; MM Myanmar;
MN Mongolia; MO Macau; MP Northern Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta;
MU Mauritius; MV Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia;
NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NR Nauru; NU Niue;
NZ New Zealand; OM Oman; PA Panama; PE Peru; PF French Polynesia; PG Papua New Guinea; PH Philippines;
PK Pakistan; PL Poland; PM Saint Pierre and Miquelon; PN Pitcairn; PR Puerto Rico; PS Palestine; PT Portugal;
PW Palau; PY Paraguay; QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia;
SB Solomon Islands; SC Seychelles; SD Sudan; SE Sweden; SG Singapore; SH Saint Helena; SI Slovenia;
SJ Svalbard and Jan Mayen; SK Slovakia; SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname;
SS South Sudan; ST São Tomé and Príncipe; SV El Salvador; SX Sint Maarten; SY Syria; SZ Eswatini;
TC Turks and Caicos Islands; TD Chad; TF French Southern Territories; TG Togo; TH Thailand; TJ Tajikistan;
TK Tokelau; TL Timor-Leste; TM Turkmenistan; TN Tunisia; TO Tonga; TR Türkiye; TT Trinidad and Tobago;
TV Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda; UM United States Minor Outlying Islands;
US United States; UY Uruguay; UZ Uzbekistan; VA Vatican City; VC Saint Vincent and the Grenadines;
VE Venezuela; VG British Virgin Islands; VI U.S. Virgin Islands; VN Vietnam; VU Vanuatu; WF Wallis and Futuna;
WS Samoa; XX Nonrepresenting; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe; ZZ Other
"""

_ALIASES = """
AE UAE; BA Bosnia; CD Democratic Republic of the Congo; CD DRC; CD Congo-Kinshasa; CG Republic of the Congo;
CG Congo-Brazzaville; CI Ivory Coast; CN People's Republic of China; CN PRC; CN Mainland China; CV Cabo Verde;
CZ Czech Republic; DE Deutschland; ES España; FM Federated States of Micronesia; GB Great Britain; GB UK;
GB Britain; GB England; GB Scotland; GB Wales; GB Northern Ireland; HK Hong Kong SAR; IE Republic of Ireland;
IR Islamic Republic of Iran; KP DPRK; KR Korea; KR Republic of Korea; KR ROK; LA Lao PDR;
LA Lao People's Democratic Republic; MD Republic of Moldova; MK Macedonia; MM Burma; MO Macao; MO Macau SAR;
NL Holland; PN Pitcairn Islands; PS State of Palestine; PS Palestinian Territories; RU Russian Federation;
SY Syrian Arab Republic; SZ Swaziland; TL East Timor; TR Turkey; TW Chinese Taipei;
US USA; US United States of America; US America; VA Vatican; VA Holy See;
VG BVI; VI USVI;
VN Viet Nam; XX None; XX Non-representing
"""

_COMMON = (
    "AR AT AU BA BG BO BR BY CA CL CN CO CR CU CZ DE DK EC ES FI FR GB HK HR HU "
    "ID IL IN IT JP KR KZ LT MX MY NL NO NZ PE PH PL RO RU SE SG TW UA US VN ZZ"
)

_TELLING = 3
"""Letters that say something inside a word; two are a coincidence ("ar" in Hungary)."""

_REGIONAL_INDICATOR_A = 0x1F1E6
_FLAGS = {"XX": "\N{WAVING WHITE FLAG}\N{VARIATION SELECTOR-16}", "ZZ": "\N{GLOBE WITH MERIDIANS}"}


def _entries(table: str) -> Iterator[tuple[str, str]]:
    for entry in table.replace("\n", " ").split(";"):
        code, _, name = entry.strip().partition(" ")
        yield code, name


def _plain(text: str) -> str:
    """Reduce spellings of one name to one: no case, accents, punctuation, article or extra space."""
    bare = "".join(letter for letter in normalize("NFKD", text) if not combining(letter)).casefold()
    bare = (
        bare.replace("'", "")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
        .replace(".", "")
        .replace("&", " and ")
    )
    words = "".join(letter if letter.isalnum() else " " for letter in bare).split()
    if words[:1] == ["the"]:
        words = words[1:]
    return " ".join("saint" if word == "st" else word for word in words)


NAMES: Mapping[str, str] = dict(_entries(_TABLE))
"""All 251 codes with their English names, by code. `XX` plays under no flag, `ZZ` is any other place."""

COMMON: tuple[str, ...] = tuple(_COMMON.split())
"""The 50 codes that most players need, by code, `ZZ` last. Source: domain.md, 6."""

_BY_NAME: Mapping[str, str] = {
    _plain(name): code
    for code, name in (*_entries(_ALIASES), *NAMES.items(), *((code, code) for code in NAMES))
}


def find(text: str) -> str | None:
    """The code that a code, a name or a common alias means; None when it means none.

    Case, accents, punctuation and a leading "the" do not count.

    >>> find("kr"), find("Korea"), find("the czech republic"), find("Atlantis")
    ('KR', 'KR', 'CZ', None)
    """
    return _BY_NAME.get(_plain(text))


def suggest(text: str, limit: int = 25) -> tuple[tuple[str, str], ...]:
    """Countries that a half-typed text may mean, as (code, name), the likeliest first.

    First what it means exactly, then names that begin with it, then names of which a word begins
    with it, then names that contain it; among equals, and for an empty text, the common countries first.

    Args:
        text: what was typed so far.
        limit: how many at most; Discord takes 25.

    >>> [name for _, name in suggest("new")]
    ['New Zealand', 'New Caledonia', 'Papua New Guinea']
    """
    wanted = _plain(text)
    if not wanted:
        codes = [*COMMON, *(code for code in NAMES if code not in COMMON)]
        return tuple((code, NAMES[code]) for code in codes[:limit])
    distances: dict[str, int] = {}
    for spelling, code in _BY_NAME.items():
        distance = _distance(wanted, spelling)
        if distance is not None:
            distances[code] = min(distance, distances.get(code, distance))
    nearest = sorted(distances, key=lambda code: (distances[code], code not in COMMON, _plain(NAMES[code])))
    return tuple((code, NAMES[code]) for code in nearest[:limit])


def _distance(wanted: str, spelling: str) -> int | None:
    if spelling == wanted:
        return 0
    if spelling.startswith(wanted):
        return 1
    if f" {wanted}" in spelling:
        return 2
    return 3 if len(wanted) >= _TELLING and wanted in spelling else None


def flag(code: str) -> str:
    """The emoji of a country: a white flag for `XX`, a globe for `ZZ`.

    Raises:
        KeyError: no country has this code.

    >>> [f"{ord(letter):X}" for letter in flag("KR")]
    ['1F1F0', '1F1F7']
    """
    if code not in NAMES:
        raise KeyError(code)
    letters = (chr(_REGIONAL_INDICATOR_A + ord(letter) - ord("A")) for letter in code)
    return _FLAGS.get(code) or "".join(letters)
