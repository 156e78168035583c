/*+++
id = "signal-accumulation-linked"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Stapeling van signalen rond een adres"
en = "Signals that pile up around an address"

[meaning]
nl = "Over dit adres en over wie er woont of gevestigd is, kwamen meldingen binnen bij verschillende afdelingen. De meldingen gaan niet allemaal over het adres zelf: sommige gaan over een bewoner of een bedrijf."
en = "Several departments hold reports about this address and about who lives or trades there. Not all of them are about the address itself: some are about a resident or a company."

[explain]
nl = "{signals} signalen van {departments} afdelingen over het adres, bewoners of bedrijven in {$window_days} dagen, minstens {$min_linked} via een bewoner of bedrijf; gewogen score {score:micro}."
en = "{signals} signals of {departments} departments about the address, residents or companies in {$window_days} days, at least {$min_linked} over a resident or company; weighted score {score:micro}."

[lowers]
nl = "Een signaal dat onjuist blijkt, of dat gaat over een bewoner of bedrijf dat al weg was."
en = "A signal that proves wrong, or that is about a resident or company that had left."

[[falsepositives]]
nl = "Een gezin met zorgmeldingen en een verkeersboete: geen verband."
en = "A family with care reports and a fine: no connection."

[[falsepositives]]
nl = "Een bedrijfsverzamelgebouw: veel bedrijven, dus veel meldingen."
en = "A business centre: many companies, so many reports."

[legal]
basis = "Gemeentewet, artikelen 172 en 174a; Opiumwet, artikel 13b; Wet gegevensverwerking door samenwerkingsverbanden, artikel 2.17"

[params.window_days]
type = "days"
default = 365
min = 30
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.half_life_days]
type = "days"
default = 180
min = 7
max = 1825
title = { nl = "Na hoeveel dagen een signaal half telt", en = "After how many days a signal counts half" }
source = "Keuze van de gemeente"

[params.min_departments]
type = "int"
default = 3
min = 2
max = 10
title = { nl = "Minste aantal afdelingen", en = "Fewest departments" }
source = "Keuze van de gemeente"

[params.min_linked]
type = "int"
default = 2
min = 1
max = 20
title = { nl = "Minste aantal signalen via een bewoner of bedrijf", en = "Fewest signals over a resident or company" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Openbare orde en veiligheid"]
begin = "2026-11"
goal = "Adressen vinden waar meldingen over het adres, bewoners en bedrijven samenkomen, zodat iemand het geheel bekijkt."
considerations = "Eén stap van het adres: verder weg zegt een melding weinig. Personen zijn alleen de weg naar het adres; de markering gaat over het adres."
+++*/
MATCH (a:Address)<-[:LIVES_AT|REGISTERED_AT]-(x:Person|Company)<-[:ABOUT]-(s:Signal)
WHERE days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, count(DISTINCT s) AS linked
WHERE linked >= $min_linked
MATCH path = (a)<-[:LIVES_AT|REGISTERED_AT|ABOUT*1..2]-(s:Signal)
WHERE days_between(s.date, $as_of) >= 0 AND days_between(s.date, $as_of) <= $window_days
WITH a, s, collect(path) AS paths
WITH a, count(s) AS signals, count(DISTINCT head(owners(s))) AS departments,
     sum(toInteger(s.weight * decay(days_between(s.date, $as_of), $half_life_days))) AS score,
     collect(paths) AS evidence
WHERE departments >= $min_departments
RETURN a AS subject, score, signals, departments, evidence
ORDER BY score DESC, id(a)
