/*+++
id = "abc-transactie"
version = 2
status = "in-use"
subject = "Address"
time = "history"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Snelle doorverkoop met winst"
en = "Quick resale with profit"

[meaning]
nl = "Dit pand is binnen een half jaar twee keer verkocht, de tweede keer voor veel meer. Zo kan zwart geld wit worden, of een bank te veel lenen."
en = "These premises were sold twice within half a year, the second time for much more. Illegal money can be laundered like that, or a bank lend too much."

[explain]
nl = "Doorverkocht na {days} dagen voor {rise} procent meer (grens {$max_days} dagen, {$min_rise} procent)."
en = "Resold after {days} days for {rise} percent more (threshold {$max_days} days, {$min_rise} percent)."

[lowers]
nl = "Een verbouwing of splitsing die de prijs verklaart, of een koopsom die onjuist is geregistreerd."
en = "Building works or a split that explain the price, or a price that was registered wrongly."

[[falsepositives]]
nl = "Een opknapper die snel verkoopt."
en = "Someone who renovates and sells soon."

[[falsepositives]]
nl = "Een overdracht binnen een familie of concern tegen een lage prijs, en daarna verkoop."
en = "A transfer within a family or group for little, and then a sale."

[legal]
basis = "Wet ter voorkoming van witwassen en financieren van terrorisme, artikel 1a; Wet Bibob, artikel 3"

[params.max_days]
type = "days"
default = 183
min = 30
max = 730
title = { nl = "Meeste dagen tussen de overdrachten", en = "Most days between the transfers" }
source = "Financieel Expertise Centrum: ABC-transacties binnen zes maanden"

[params.min_rise]
type = "percent"
default = 20
min = 5
max = 500
title = { nl = "Minste stijging in procenten", en = "Least rise in percent" }
source = "Keuze van de gemeente"

[params.window_days]
type = "days"
default = 1095
min = 90
max = 3650
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Verkopen vinden die bij witwassen of hypotheekfraude passen."
considerations = "Kopen zonder eigen financiering door de tussenpersoon is gewoon en telt niet mee: de sector heeft die aanwijzing zelf laten vallen."
+++*/
MATCH (x)-[first:OWNS]->(a:Address)<-[next:OWNS]-(y)
WHERE days_between(first.valid_from, first.valid_to) >= 0
  AND days_between(first.valid_from, first.valid_to) <= $max_days
  AND days_between(first.valid_to, next.valid_from) = 0
  AND days_between(next.valid_from, $as_of) <= $window_days
  AND x <> y
  AND first.price_eur > 0
  AND next.price_eur * 100 >= first.price_eur * (100 + $min_rise)
WITH a, x, y, first, next, days_between(first.valid_from, first.valid_to) AS days,
     (next.price_eur - first.price_eur) * 100 / first.price_eur AS rise
WITH a, max(rise) AS rise, min(days) AS days, collect(DISTINCT x) + collect(DISTINCT first)
     + collect(DISTINCT y) + collect(DISTINCT next) AS evidence
RETURN a AS subject, rise AS score, rise, days, evidence
ORDER BY score DESC, id(a)
