"""most_popular_category_by_country.sql in PySpark: the same table, computed by Spark instead of the SQL."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def compute(cleaned_post: DataFrame) -> DataFrame:
    posts = cleaned_post.where("country IS NOT NULL AND category IS NOT NULL")
    counted = posts.groupBy("country", "category").agg(F.count("*").alias("category_count"))
    most_first = Window.partitionBy("country").orderBy(F.desc("category_count"))
    return (
        counted.withColumn("position", F.rank().over(most_first))
        .where("position = 1")
        .select("country", "category", "category_count")
        .orderBy("country", "category")
    )
