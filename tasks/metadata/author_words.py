"""Words around the names in bylines, in the languages of the press. A new language is a word here."""


def _table(text: str) -> frozenset[str]:
    return frozenset(w for line in text.splitlines() for w in line.strip().split("|") if w)


LEADS = _table(
    """
    by|recipe by|written by|story by|words by|text by|report by|reported by|reporting by|posted by|published by|created by
    additional reporting by|authored by|analysis by|opinion by|guide by|feature by|essay by|commentary by|article by|review by|column by|interview by|contributed by|compiled by
    more stories by|more posts by|more by|see more stories by|all stories by|view all stories by|read more by|view all posts by|view all articles by|all articles by|all posts by|more articles by|more from|more about|posts by|articles by|about
    written and reported by|analysis|author|authors|author of the article|authors of the article|author(s)|byline|reporter
    von|von unserem korrespondenten|von unserer korrespondentin|ein artikel von|eine analyse von|ein kommentar von
    ein gastbeitrag von|gastbeitrag von|kommentar von|analyse von|essay von|reportage von|eine kolumne von|eine reportage von|ein interview von|ein essay von|autorin/autor|autor|autorin|autoren|autor*in|text von|bericht von|interview von
    par|propos recueillis par|publié par|écrit par|rédigé par|auteur|auteure|auteurs|texte
    por|escrito por|publicado por|texto|autora|autores|a cura di|scritto da|pubblicato da|autore|articolo di
    door|geschreven door|tekst|skrevet af|skrevet av|skriven av|tekst av|journalist|höfundur
    kirjoittaja|kirjoittanut|teksti|toimittaja|autorka|napsal|napsala|opracował|opracowała|oprac|autorzy|autoři
    írta|szerző|scris de|piše|pišu|autor teksta
    автор|авторы|текст|подготовил|подготовила|автори|автора|пише|γράφει|συντάκτης
    yazan|yazar|haber|haberi|muhabir|oleh|penulis|wartawan|tác giả|bài và ảnh|thực hiện|na mwandishi wetu
    autorius|autors|autorė|autore|toimetaja|geskryf deur|per redacció|ავტორი|հեղինակ|โดย|به قلم|نویسنده|تحریر|द्वारा|লেখক|প্রতিবেদক
    מאת|بقلم|كتب|كتبت|الكاتب|लेखक|रिपोर्टर|文|撰文|作者|責任編輯|责任编辑|责编|記者|记者|執筆|取材|筆者|글|기자
    """
)
"""Words that open a byline. A colon may follow."""

OPENERS = _table("by|von|par|por|door|av|af|autor|autorin|auteur|author|authors|автор|yazan|oleh")
"""Last words of openers that may be in a line of their own, above the name."""

SOFT_LEADS = _table("του|της|από τον|από την|από τη|de|di|af|av|van|bởi|deur|από|od|na|ngu|nga")
"""Openers that may also be the first word of a name: they count if two words follow (`Di Mario Rossi`)."""

SOURCE_LEADS = _table("theo|nguồn|source|sources|quelle|quellen|fonte|fuente|kaynak|来源|來源|出典")
"""Openers, with a colon, of a text's source, an agency or a paper. It is an author only if no other is named.
"""

COLON_LEADS = SOURCE_LEADS | _table(
    "interview|entrevista|intervista|intervju|kommentar|commentaire|analyse|reportage|bericht|kolumne|opracowanie|text|bài|reporting|story|words|editor|redaktion|redacción|rédaction"
)
"""Openers only with a colon: without it they are names or roles."""

CONJUNCTIONS = "and|und|et|och|og|ve|и|і|та|ja|oraz|và|dan|with|mit|avec|con|en|és|και|și|şi"
SHORT_CONJUNCTIONS = "y|e|i|a|ir|un|o"
"""Words for `and` that are also initials, particles or prepositions."""

ROLES = (
    r"correspondent|reporter|editor(?:s|ial)?\b|journalist|columnist|writer|producer|presenter|analyst|critic|contribut|expert\b"
    r"|(?:vice |co-)?president\b|scientist\b|fellow\b|engineer\b|researcher\b|lecturer\b|founder\b"
    r"|bureau|-studio\b|desk\b|staff\b|newsroom|director\b|manager|professor|political|business|science|chief|senior\b|deputy|special\b|freelance|photograph"
    r"|korrespondent|redakteur|redaktion|redaktør|redaktör|volontär|ressort|chefredakteur|leiter|politik|wirtschaft"
    r"|journaliste|rédact|envoyée? spécial|chroniqueu|grand reporter|corresponsal|redactora?\b|periodista|enviad|colunista|repórter|jornalista"
    r"|corrispondente|inviato|giornalista|redactie|verslaggever|korespondent|dziennikarz|redaktor|zpravodaj|muhabir|editör|yazar\b"
    r"|корреспондент|обозреватель|редактор|журналист|кореспондент|wartawan|phóng viên|redacción|redação|redazione|redakcja|redakce|toimitus|toimittaja"
    r"|(?:bbc|cnn|nbc|abc|cbs|fox|sky) news\b"
)
"""Starts of words that name a role or a desk (regular expression)."""

TITLES = _table(
    """
    Founder|Co-Founder|Editor|Senior|Executive|Former|Deputy|Managing|Contributing|Associate|Reporter|Contributor|Correspondent
    Journalist|Columnist|Staff Writer|Staff Reporter|Director|Producer|Korrespondent|Korrespondentin|Redakteur|Redakteurin|Chefredakteur
    CEO|CTO|CFO|COO|Chefredakteurin|Journaliste|Periodista|Redactor|Redactora|Giornalista
    """
)
"""Capitalised words that open a role after a name (`Jane Doe Senior Editor`) without punctuation."""

ORGANISATIONS = "cent(?:er|re)|university|institut[eo]?|department|ministry|association|agency|council|committee|foundation|society|college|universit(?:y|ät|é|à)|universidad|ministerio|ministère|ministerium"
"""Words of an institution that signs itself; one of the first three words of a name."""

DESKS = "team|staff|editors|editorial team|newsroom|desk|redaktion|redacción|rédaction|redazione|redactie"
"""Last words of a desk that signs (`The Currency editors`)."""

BEFORE_DATES = _table(
    """
    on|at|am|vom|den|der|le|el|il|del|em|den|op|dne|w|dnia|on the|of|updated|published|posted|last|modified|aktualisiert|publié|publicado
    monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun
    montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche
    lunes|martes|miércoles|jueves|viernes|sábado|domingo
    """
)
"""Words that may come between a name and a date, besides the month."""

AGENCIES = _table(
    """
    reuters|thomson reuters|ap|afp|dpa|apa|ansa|efe|upi|pti|ani|ians|tass|тасс|interfax|интерфакс|риа новости|ria novosti
    xinhua|新华社|新華社|kyodo|kyodo news|共同通信|時事通信|yonhap|연합뉴스|associated press|the associated press
    agence france-presse|agence france presse|press association|pa media|press trust of india|belga|anp|ritzau|ntb
    sda|keystone-sda|kna|epd|sid|dpa-afx|dpa/lno|lusa|agencia efe|europa press|agências|agencias|agenzie|agences
    agenturen|agentur|agencies|agency|pap|čtk|ctk|tasr|mti|agerpres|mediafax|anadolu|anadolu ajansı|dha|iha|i̇ha|antara
    bernama|vna|ttxvn|afp deutschland|cnn wire|bloomberg|bloomberg news|the canadian press|canadian press|aap
    australian associated press|newswire|wire services|wires|staff and agencies|ukrinform|укрінформ|уніан
    """
)
"""News agencies, as bylines name them, casefolded. They are authors only if nobody else is named."""

NOBODY = _table(
    """
    admin|administrator|editor|editors|author|authors|staff|unknown|anonymous|null|none|undefined|false|true|n/a|na|-
    redaktion|redaction|rédaction|la rédaction|redacción|redação|redazione|redactie|redakcja|redakce|toimitus|redaktionen
    by|von|par|por|di|door|автор|редакция|webmaster|root|user|guest|guest author|super user|contributor|updated|published
    press release|case study|white paper|blog post|news|blog|opinion|feature|interview|podcast|sponsored|advertisement
    the author|the authors|about the author|fact checked|fact-checked|expert reviewed|medically reviewed|view all posts|see all|more|share|follow|getty images|image|photo|video
    """
)
"""Values that name nobody, casefolded."""

NO_FIRST_NAMES = _table(
    "our|unser|notre|nuestro|published|updated|posted|last|read|follow|share|email|contact|source|image|photo|more|see|related|hi|hello|dear|hey|hallo|bonjour|hola|ciao|olá"
)
"""Words that open lines beside the byline, never a name."""

PARTICLES = _table(
    """
    de|da|do|dos|das|di|del|della|delle|dei|du|des|la|le|les|el|al|ul|bin|bint|ibn|ben|abu|van|von|vom|zu|zum|zur
    der|den|dem|ten|ter|te|und|y|e|i|af|ap|mac|mc|st|san|o'|d'|l'|'t|op
    """
)
"""Words in names that are not capitalised."""

CREDITS = "文|撰文|图|圖|图片|摄影|攝影|撮影|記者|记者|取材|编辑|編輯|责编|責編"
"""Words before a slash that say what a person did, where names are not spaced (`文／王小明 攝影／張三`)."""

EDITORS = "责任编辑|責任編輯|责编|責編|编辑|編輯"
"""Labels of those who edited a story: its authors only if nobody else is named."""

LABELS = (
    f"{EDITORS}|作者|本文作者|记者|記者|撰文|文|来源|來源|稿源|出处|出處|摄影|攝影|图片|翻译|译者|译|校对|监制"
    "|发布时间|发布|发表时间|时间|日期|点击|浏览|阅读|字号|评论"
)
"""Labels with a colon that follow one another in a Chinese byline; each begins a separate piece."""

NO_HAN_NAMES = _table(
    "博客|联系|聯繫|热线|熱線|报名|電話|电话|邮箱|招聘|在线|论坛|投稿|荐稿|报料|爆料|报道|報道|专栏|频道|俱乐部|客户端|登录|注册|更多|首页"
)
"""Words after `记者` in menus and hotlines (`记者博客 联系`). No name contains them."""
NO_HAN_NAME = NO_HAN_NAMES | _table("观察|觀察|深度|调查|調查|手记|手記|专题|獨家|独家|视点|聚焦|直击|连线")
"""Words of columns (`记者观察`), which are no names by themselves."""

TRAILS = "기자|특파원|선임기자|논설위원|記者|记者|特派員"
"""Roles after a name that make it an author's."""

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""Suffixes that may follow a name and a comma and belong to it."""
