"""Words and sentence patterns of invented pins. `texts.py` turns them into texts.

`{thing}` stands for one of the category's things, and `{n}` for a number. As in real pins, apostrophes, dashes and
quotes are sometimes typographic.
"""

from __future__ import annotations

#: Things pinned in each category.
THINGS = {
    "art": (
        "Watercolor Landscapes|Acrylic Pouring|Charcoal Portraits|Sketchbook Pages|Ink Drawings|Paper Sculptures|"
        "Gouache Florals|Canvas Paintings|Collage Art|Linocut Prints|Oil Pastel Studies|Ceramic Figures|"
        "Doodle Patterns|Street Murals|Pencil Shading|Abstract Shapes"
    ),
    "beauty": (
        "Braided Hairstyles|Skin Care Routines|Nail Designs|Eyeliner Looks|Lip Balm Recipes|Curly Hair Care|"
        "Makeup Brushes|Face Masks|Short Haircuts|Glowing Skin|Eyebrow Shapes|Bridal Makeup|Hair Oils|"
        "Perfume Layering|Gel Manicures|Balayage Colors"
    ),
    "christmas": (
        "Christmas Ornaments|Advent Calendars|Gingerbread Houses|Tree Decorations|Winter Wreaths|Gift Wrapping|"
        "Holiday Cookies|Stocking Stuffers|Mantel Garlands|Snow Globes|Christmas Cards|Table Centerpieces|"
        "Paper Stars|Candle Holders|Winter Village|Festive Lights"
    ),
    "diy-and-crafts": (
        "Macrame Hangers|Paper Flowers|Felt Animals|Resin Coasters|Yarn Crafts|Upcycled Jars|Bead Bracelets|"
        "Wooden Toys|Embroidery Hoops|Clay Earrings|Sewing Patterns|Tie Dye Shirts|Pom Pom Garlands|Quilt Blocks|"
        "Crochet Baskets|Popsicle Stick Crafts"
    ),
    "education": (
        "Classroom Posters|Reading Corners|Fraction Games|Science Experiments|Writing Prompts|Spelling Lists|"
        "Morning Meetings|Lesson Planners|Phonics Cards|Math Centers|History Timelines|Bulletin Boards|Study Notes|"
        "Sensory Bins|Story Maps|Field Trips"
    ),
    "event-planning": (
        "Wedding Timelines|Party Checklists|Table Settings|Balloon Arches|Guest Lists|Photo Booths|Menu Cards|"
        "Baby Showers|Venue Layouts|Garden Parties|Welcome Signs|Seating Charts|Charity Galas|Company Picnics|"
        "Flower Arches|Birthday Themes"
    ),
    "finance": (
        "Budget Planners|Savings Challenges|Debt Trackers|Meal Budgets|Side Incomes|Emergency Funds|Tax Folders|"
        "Index Funds|Cash Envelopes|Credit Scores|Money Habits|Retirement Plans|Frugal Recipes|Coupon Binders|"
        "Spending Diaries|Sinking Funds"
    ),
    "home-decor": (
        "Living Room Shelves|Gallery Walls|Linen Curtains|Entryway Benches|Kitchen Islands|Boho Bedrooms|"
        "Indoor Plants|Farmhouse Tables|Accent Walls|Reading Nooks|Bathroom Tiles|Rattan Lamps|Open Closets|"
        "Small Balconies|Wool Rugs|Floating Desks"
    ),
    "mens-fashion": (
        "Tailored Suits|Denim Jackets|Leather Boots|Linen Shirts|Wool Coats|Capsule Wardrobes|Pocket Squares|"
        "Summer Outfits|Canvas Sneakers|Knitted Ties|Chino Trousers|Field Watches|Street Style|Layered Looks|"
        "Beard Styles|Travel Bags"
    ),
    "quotes": (
        "Morning Quotes|Friendship Sayings|Words of Courage|Love Letters|Short Poems|Family Sayings|Healing Words|"
        "Monday Motivation|Gratitude Notes|Letting Go Quotes|Self Worth Quotes|Funny Sayings|Faith Verses|"
        "Book Lines|Mindful Thoughts|Dream Quotes"
    ),
    "tattoos": (
        "Fine Line Tattoos|Forearm Sleeves|Botanical Tattoos|Wave Tattoos|Geometric Animals|Script Lettering|"
        "Ankle Tattoos|Moon Phases|Compass Designs|Blackwork Pieces|Koi Tattoos|Matching Tattoos|Shoulder Pieces|"
        "Finger Symbols|Mountain Tattoos|Rose Stencils"
    ),
    "travel": (
        "Island Itineraries|Packing Lists|Road Trips|Hidden Beaches|Mountain Huts|Old Town Walks|Night Trains|"
        "Weekend Getaways|Desert Camps|Waterfall Hikes|Street Food Tours|National Parks|Camper Vans|Harbor Towns|"
        "Winter Escapes|Map Journals"
    ),
    "vehicles": (
        "Vintage Roadsters|Cafe Racers|Pickup Trucks|Camper Conversions|Electric Coupes|Rally Cars|Muscle Cars|"
        "Scooter Rebuilds|Off Road Tires|Engine Details|Custom Paint Jobs|Dashboard Designs|Cargo Bikes|"
        "Classic Buses|Tractor Restorations|Sports Sedans"
    ),
}

#: Words before a thing in a tag.
TAG_STARTS = (
    "Easy|DIY|Best|Simple|Modern|Vintage|Cute|Unique|Beautiful|Small|Rustic|Minimalist|Creative|Cool|Homemade|Favorite|"
    "Classic|Colorful|Elegant|Bold|New|Cozy|Nordic|Budget|Quick|Sweet|Amazing|Popular|Summer|Winter|Retro|Für Dich"
)
#: Beginnings of a title, before a thing.
TITLE_STARTS = (
    "{n} Easy|{n} Beautiful|{n} Simple|{n} Creative|The Best|Our Favorite|How to Plan|How to Make|Getting Started with|"
    "A Beginner’s Guide to|Inspiring|Simple|Modern|Vintage|The Quiet Charm of|Everything About|{n}+ Unique|Cozy|"
    "Why We Love|{n} Ideas for|Rustic|Printable|Free|Unforgettable|Before & After:|What Nobody Tells You About|"
    "Small-Space|Handmade|Budget|Last Minute|Step by Step|Stunning"
)
#: Ends of a title. Most titles have one.
TITLE_ENDS = (
    "|||| You Can Start Today| for Beginners| for Small Rooms| That Always Work Out| on a Budget| to Try This Weekend|"
    " Your Friends Will Ask About| - Step by Step| - The Complete Guide|: A Gentle Introduction| for the Whole Family|"
    " With Free Printables| Worth Saving for Later| in Under an Hour| We Can’t Stop Looking At| ({n} Photos)|"
    " – Ideas & Tips From People Who Know| You’ll Want to Copy Right Away| From Around the World|"
    " That Cost Next to Nothing but Look Like a Million| and Where to Find Them This Season|"
    " - Notes From a Slow Sunday at Home, With Pictures of Every Step and a List of All Materials|"
)

#: Sentences of a description. A # before a word marks a tag that people type.
SENTENCES = (
    "These {thing} are easier than they look|A round-up of {thing} that we come back to every season|"
    "Save this for the next time you are looking for {thing}|Learn how we made our own {thing} in one afternoon|"
    "Looking for {thing}? Here are {n} ideas that work for beginners and for people who have tried everything|"
    "Here’s a list of {n} {thing} with photos, materials and costs|Step-by-step pictures of {thing} included|"
    "You only need a few things you already have at home for these {thing}|#{tag} #{tag2} #inspiration #ideas|"
    "We tried {n} kinds of {thing} so that you don’t have to|"
    "Read the full post for the template and the measurements|"
    "Perfect {thing} for anyone who is short of time but not of ideas|Click through for the free printable|"
    "{thing}, but calmer: fewer colors, better materials and a plan you can keep|"
    "Which one is your favorite? Tell us below|"
    "From the archive: our most loved {thing}, with new notes after three years of use|"
    "Discover more {thing} on the blog|A friend asked for “something with {thing}” and this is what came of it"
)

#: Rare texts, each used unchanged, and their number among 4,000 pins. Like real ones, they break parsers: Chinese,
#: Japanese, Korean, Russian, Arabic, Hebrew, emoji with modifiers and joiners, mathematical bold, markup, quotes,
#: backslash, blanks and line breaks.
ODD_TITLES = (
    (5, "{thing}\n{n} ideas | line two"),
    (3, "{thing} \n"),
    (2, "  "),
    (20, "✨ {thing} ✨"),
    (20, "{n} {thing} 😍🔥"),
    (14, "🎄🎁 {thing}"),
    (5, "{thing} 👩🏽‍🎨👍🏿"),
    (2, "手作りのアイデア {n}選 | {thing}"),
    (2, "最好的創意靈感 {thing}"),
    (2, "귀여운 아이디어 {n}가지"),
    (2, "𝗧𝗵𝗲 𝗕𝗲𝘀𝘁 𝗜𝗱𝗲𝗮𝘀 - {thing}"),
    (1, "𝐒𝐚𝐯𝐞 𝐓𝐡𝐢𝐬"),
    (10, "Лучшие идеи: {thing}"),
    (1, "أفكار بسيطة - {thing}"),
    (1, "רעיונות {thing}"),
    (42, 'The "Perfect" {thing}'),
    (1, "{thing} \\ {n}% Off"),
    (1, "<b>{thing}</b> &amp; More"),
    (60, "{thing}  |  Café Señorita №{n}"),
)
ODD_DESCRIPTIONS = (
    (10, "😍😍😍"),
    (30, "{thing} 💛 #{tag} #{tag2}"),
    (10, "Hier findest du {n} schöne Ideen für Zuhause – einfach, günstig und schnell gemacht."),
    (3, "簡単に作れる{n}のアイデアをまとめました。"),
    (3, "{n}가지 아이디어를 소개합니다."),
    (13, "Простые идеи для дома и сада, {n} фотографий."),
    (2, "𝗡𝗲𝘄 𝗼𝗻 𝘁𝗵𝗲 𝗯𝗹𝗼𝗴: {thing}"),
    (1, "أفكار بسيطة وجميلة للمنزل"),
    (2, "{thing}: <p>see <a href='#'>more</a>&nbsp;here</p>"),
    (90, 'She said: "never again" — and then made {n} more {thing}.'),
)
