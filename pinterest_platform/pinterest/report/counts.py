"""Posts over all tables: how many are in each result, and how many each country has.

A model's SQL says which posts are in it too, but to ask that of each result would join millions of posts each time.
"""

from __future__ import annotations

from pinterest_platform.report.sections import Ask, Counted

#: Which posts are in a result, by the facts of `_POSTS`.
_IN_RESULT = {
    "most_popular_category_by_country": "has_category AND has_country",
    "category_popularity_by_year": "has_category AND is_counted_year",
    "most_popular_category_by_year": "has_category AND is_counted_year",
    "top_user_by_country": "has_poster AND has_followers AND has_country",
    "country_with_top_user": "has_poster AND has_followers AND has_country",
    "most_popular_category_by_age_group": "has_category AND is_grown_up",
    "median_follower_count_by_age_group": "has_followers AND is_grown_up",
    "users_joined_by_year": "is_counted_joiner",
    "median_follower_count_by_joining_year": "has_followers AND is_counted_joiner",
    "median_follower_count_by_joining_year_and_age_group": "has_followers AND is_counted_joiner AND is_grown_up",
    "median_follower_count_by_posting_year_and_age_group": "has_followers AND is_grown_up AND has_place",
}
#: Facts are made before the join: it has less to carry.
_POSTS = """
SELECT country, COUNT(*) AS post_count, {counts}
FROM (
  SELECT
    ind,
    category IS NOT NULL AS has_category,
    poster_name IS NOT NULL AS has_poster,
    follower_count IS NOT NULL AS has_followers
  FROM cleaned.pin
) AS pin
LEFT JOIN (
  SELECT
    ind AS geo_ind,
    TRUE AS has_place,
    country,
    country IS NOT NULL AS has_country,
    YEAR(timestamp) BETWEEN 2018 AND 2022 AS is_counted_year
  FROM cleaned.geo
) AS geo ON ind = geo_ind
LEFT JOIN (
  SELECT
    ind AS user_ind,
    age >= 18 AS is_grown_up,
    YEAR(date_joined) BETWEEN 2015 AND 2020 AS is_counted_joiner
  FROM cleaned.user
) AS author ON ind = user_ind
GROUP BY country
ORDER BY post_count DESC, country
"""


def count_posts(ask: Ask) -> Counted:
    """Posts by the name of the result that they are in, and by country."""
    counts = ", ".join(f"COUNT(CASE WHEN {condition} THEN 1 END)" for condition in _IN_RESULT.values())
    rows = ask(_POSTS.format(counts=counts))
    by_country = {country: posts for country, posts, *_ in rows if country is not None}
    in_results = {name: sum(row[place] for row in rows) for place, name in enumerate(_IN_RESULT, start=2)}
    return Counted(in_results, by_country)
