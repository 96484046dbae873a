-- description: Staff in each country, including that of the web portal.
-- owner: team:data-platform
-- key: country_code
-- checks:
--   staff_not_negative: total_staff_numbers >= 0
--   each_member_counted: |
--     SELECT counted, staff
--     FROM (SELECT SUM(total_staff_numbers) AS counted FROM analytics.staff_headcount_by_country)
--     CROSS JOIN (SELECT SUM(staff_numbers) AS staff FROM cleaned.dim_store_details)
--     WHERE COALESCE(counted, 0) <> COALESCE(staff, 0)
SELECT
  SUM(staff_numbers) AS total_staff_numbers, -- Number of staff.
  country_code -- GB, DE or US.
FROM cleaned.dim_store_details
GROUP BY country_code
ORDER BY total_staff_numbers DESC, country_code
