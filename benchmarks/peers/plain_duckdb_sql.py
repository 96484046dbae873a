"""The SQL of `plain_duckdb.py`: columns of the source, three cleaned tables, and eleven results."""

from __future__ import annotations

COLUMNS = {
    "pin": {
        "index": "BIGINT",
        "unique_id": "VARCHAR",
        "title": "VARCHAR",
        "description": "VARCHAR",
        "poster_name": "VARCHAR",
        "follower_count": "VARCHAR",
        "tag_list": "VARCHAR",
        "is_image_or_video": "VARCHAR",
        "image_src": "VARCHAR",
        "downloaded": "BIGINT",
        "save_location": "VARCHAR",
        "category": "VARCHAR",
    },
    "geo": {
        "ind": "BIGINT",
        "timestamp": "TIMESTAMP",
        "latitude": "DOUBLE",
        "longitude": "DOUBLE",
        "country": "VARCHAR",
    },
    "user": {
        "ind": "BIGINT",
        "first_name": "VARCHAR",
        "last_name": "VARCHAR",
        "age": "BIGINT",
        "date_joined": "TIMESTAMP",
    },
}

_NEWEST = "QUALIFY row_number() OVER (PARTITION BY {} ORDER BY kafka_partition DESC, kafka_offset DESC) = 1"

CLEANED = {
    "pin": f"""
        SELECT
            "index" AS ind,
            unique_id,
            CASE WHEN trim(title) NOT IN ('', 'No Title Data Available') THEN title END AS title,
            CASE
                WHEN trim(description) NOT IN ('', 'Untitled') AND description NOT LIKE 'No description available%'
                THEN description
            END AS description,
            CASE
                WHEN follower_count ILIKE '%k' THEN round(follower_count[:-2]::DOUBLE * 1000)::BIGINT
                WHEN follower_count ILIKE '%m' THEN round(follower_count[:-2]::DOUBLE * 1000000)::BIGINT
                ELSE try_cast(follower_count AS BIGINT)
            END AS follower_count,
            nullif(nullif(trim(poster_name), ''), 'User Info Error') AS poster_name,
            nullif(tag_list, 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e') AS tag_list,
            is_image_or_video,
            nullif(image_src, 'Image src error.') AS image_src,
            replace(save_location, 'Local save in ', '') AS save_location,
            category
        FROM raw_pin
        {_NEWEST.format('"index"')}
    """,
    "geo": f"""
        SELECT ind, nullif(trim(country), '') AS country, [latitude, longitude] AS coordinates, timestamp
        FROM raw_geo
        {_NEWEST.format("ind")}
    """,
    "user": f"""
        SELECT ind, trim(first_name) || ' ' || trim(last_name) AS user_name, age, date_joined
        FROM raw_user
        {_NEWEST.format("ind")}
    """,
}

_AGE_GROUP = """
    CASE
        WHEN age BETWEEN 18 AND 24 THEN '18-24'
        WHEN age BETWEEN 25 AND 35 THEN '25-35'
        WHEN age BETWEEN 36 AND 50 THEN '36-50'
        WHEN age > 50 THEN '50+'
    END AS age_group
"""
_PIN_GEO = "pin JOIN geo USING (ind)"
_PIN_USER = 'pin JOIN "user" USING (ind)'

ANALYTICS = {
    "most_popular_category_by_country": f"""
        SELECT country, category, count(*) AS category_count
        FROM {_PIN_GEO} WHERE country IS NOT NULL
        GROUP BY country, category
        QUALIFY rank() OVER (PARTITION BY country ORDER BY category_count DESC) = 1
        ORDER BY country, category
    """,
    "category_popularity_by_year": f"""
        SELECT year(timestamp) AS post_year, category, count(*) AS category_count
        FROM {_PIN_GEO} WHERE year(timestamp) BETWEEN 2018 AND 2022
        GROUP BY post_year, category
        ORDER BY post_year, category
    """,
    "most_popular_category_by_year": """
        SELECT * FROM category_popularity_by_year
        QUALIFY rank() OVER (PARTITION BY post_year ORDER BY category_count DESC) = 1
        ORDER BY post_year, category
    """,
    "top_user_by_country": f"""
        SELECT country, poster_name, max(follower_count) AS follower_count
        FROM {_PIN_GEO}
        WHERE country IS NOT NULL AND poster_name IS NOT NULL AND pin.follower_count IS NOT NULL
        GROUP BY country, poster_name
        QUALIFY rank() OVER (PARTITION BY country ORDER BY max(pin.follower_count) DESC) = 1
        ORDER BY country, poster_name
    """,
    "country_with_top_user": """
        SELECT country, follower_count FROM top_user_by_country ORDER BY follower_count DESC, country LIMIT 1
    """,
    "most_popular_category_by_age_group": f"""
        SELECT {_AGE_GROUP}, category, count(*) AS category_count
        FROM {_PIN_USER} WHERE age >= 18
        GROUP BY age_group, category
        QUALIFY rank() OVER (PARTITION BY age_group ORDER BY category_count DESC) = 1
        ORDER BY age_group, category
    """,
    "median_follower_count_by_age_group": f"""
        SELECT {_AGE_GROUP}, median(follower_count) AS median_follower_count
        FROM {_PIN_USER} WHERE age >= 18 AND follower_count IS NOT NULL
        GROUP BY age_group
        ORDER BY age_group
    """,
    "users_joined_by_year": """
        SELECT year(date_joined) AS post_year, count(*) AS number_users_joined
        FROM (SELECT DISTINCT user_name, age, date_joined FROM "user")
        WHERE post_year BETWEEN 2015 AND 2020
        GROUP BY post_year
        ORDER BY post_year
    """,
    "median_follower_count_by_joining_year": f"""
        SELECT year(date_joined) AS post_year, median(follower_count) AS median_follower_count
        FROM {_PIN_USER} WHERE post_year BETWEEN 2015 AND 2020 AND follower_count IS NOT NULL
        GROUP BY post_year
        ORDER BY post_year
    """,
    "median_follower_count_by_joining_year_and_age_group": f"""
        SELECT {_AGE_GROUP}, year(date_joined) AS post_year, median(follower_count) AS median_follower_count
        FROM {_PIN_USER} WHERE age >= 18 AND post_year BETWEEN 2015 AND 2020 AND follower_count IS NOT NULL
        GROUP BY age_group, post_year
        ORDER BY age_group, post_year
    """,
    "median_follower_count_by_posting_year_and_age_group": f"""
        SELECT {_AGE_GROUP}, year(timestamp) AS post_year, median(follower_count) AS median_follower_count
        FROM {_PIN_USER} JOIN geo USING (ind) WHERE age >= 18 AND follower_count IS NOT NULL
        GROUP BY age_group, post_year
        ORDER BY age_group, post_year
    """,
}
