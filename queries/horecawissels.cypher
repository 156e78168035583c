/*+++
id = "horecawissels"
version = 1
status = "in-use"
subject = "Address"
time = "history"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Steeds een andere uitbater in een horecapand"
en = "Ever another operator of one café"

[meaning]
nl = "In dit horecapand begon in drie jaar telkens een nieuw bedrijf. Soms is de zaak er om geld wit te maken."
en = "In these catering premises a new business began again and again within three years. Sometimes such a business exists to launder money."

[explain]
nl = "{companies} horecabedrijven begonnen hier in {$window_days} dagen (grens {$min_companies})."
en = "{companies} catering businesses began here in {$window_days} days (threshold {$min_companies})."

[lowers]
nl = "Een uitbater die langer blijft, of een verklaring voor de wissels zoals een pachtovereenkomst."
en = "An operator who stays, or an explanation such as a lease."

[[falsepositives]]
nl = "Een foodhal of kantine met wisselende pachters."
en = "A food hall or canteen with changing tenants."

[[falsepositives]]
nl = "Een slechte plek waar steeds iemand het probeert."
en = "A bad spot where somebody tries again and again."

[legal]
basis = "Alcoholwet, artikelen 3 en 8; Wet Bibob, artikelen 3 en 9"

[params.window_days]
type = "days"
default = 1095
min = 180
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_companies]
type = "int"
default = 3
min = 2
max = 20
title = { nl = "Minste aantal bedrijven", en = "Fewest businesses" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Horecapanden vinden waar de uitbater vaak wisselt, als aanleiding voor een Bibob-vraag bij een volgende vergunning."
considerations = "Alleen openbare gegevens uit het handelsregister. Financiering en leidinggevenden zouden meer zeggen; die gegevens zijn er niet."
+++*/
MATCH (a:Address)<-[r:REGISTERED_AT]-(c:Company)
WHERE c.sbi_code STARTS WITH '56' AND a.use CONTAINS 'bijeenkomstfunctie'
  AND days_between(r.valid_from, $as_of) >= 0 AND days_between(r.valid_from, $as_of) <= $window_days
WITH a, count(DISTINCT c) AS companies, collect(DISTINCT c) + collect(DISTINCT r) AS evidence
WHERE companies >= $min_companies
RETURN a AS subject, companies AS score, companies, evidence
ORDER BY score DESC, id(a)
